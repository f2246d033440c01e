/** Hash of the worker's text, set by build.mjs: a new worker never meets an old page. */
declare const WORKER_VERSION: string;

declare module "*.py" {
  const text: string;
  export default text;
}
