/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "a49f78f5031f20b1";
