/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "9929b03b13ef0a75";
