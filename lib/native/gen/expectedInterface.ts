/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "66257f9bafd532a2";
