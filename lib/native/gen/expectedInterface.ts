/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "a42549d827a845e6";
