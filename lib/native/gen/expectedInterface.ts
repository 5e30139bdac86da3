/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "93a264b059dbcbbe";
