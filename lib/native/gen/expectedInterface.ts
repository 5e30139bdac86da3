/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "fe85a8d72a05906e";
