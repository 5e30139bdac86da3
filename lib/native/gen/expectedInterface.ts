/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "2d7a267da9e33928";
