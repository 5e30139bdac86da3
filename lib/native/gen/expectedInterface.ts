/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "d4df86ca03949000";
