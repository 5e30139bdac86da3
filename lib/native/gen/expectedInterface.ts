/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "bac139626e4a9b88";
