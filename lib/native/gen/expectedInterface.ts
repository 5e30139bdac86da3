/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "83935d1c76923e07";
