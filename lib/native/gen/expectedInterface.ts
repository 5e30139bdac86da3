/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "733d24f1661e8b3e";
