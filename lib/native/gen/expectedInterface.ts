/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "02efb31726e8a58e";
