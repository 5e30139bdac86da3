/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "c3fac55c7ea2f938";
