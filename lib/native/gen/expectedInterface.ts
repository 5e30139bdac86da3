/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "3cd4d29a88fe33db";
