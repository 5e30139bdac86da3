/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "394ddc5dbb122b7a";
