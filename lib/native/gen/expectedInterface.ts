/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "24cc2b3f5404ecd1";
