/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "b6958d505903a6f7";
