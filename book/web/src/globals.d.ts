/** The worker's file, named by its content; set by build.mjs. */
declare const WORKER_FILE: string;

declare module "*.py" {
  const text: string;
  export default text;
}
