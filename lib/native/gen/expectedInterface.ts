/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "4004f521b07405c1";
