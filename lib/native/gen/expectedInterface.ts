/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "4d69a1368783fad1";
