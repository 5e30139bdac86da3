/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "9d5e61e5ae590354";
