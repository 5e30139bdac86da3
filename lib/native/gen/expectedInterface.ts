/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "8c2fe7e83485f924";
