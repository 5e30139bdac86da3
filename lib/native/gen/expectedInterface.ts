/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "ece422f3dbe1d8b8";
