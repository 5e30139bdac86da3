/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "2661ced137bf63eb";
