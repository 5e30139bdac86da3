/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "995b9960e9fe9859";
