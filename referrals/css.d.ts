/** A stylesheet as the build minifies it. */
declare module "*.css" {
  const text: string;
  export default text;
}
