/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "90596bb14ad84d82";
