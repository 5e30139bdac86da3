/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "054206f2dbe2642d";
