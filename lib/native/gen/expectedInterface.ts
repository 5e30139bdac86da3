/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "8cad849086739a4a";
