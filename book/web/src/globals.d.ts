/** The worker's file, named by its content; set by build.ts. */
declare const WORKER_FILE: string;
/** The oldest browsers that the guide is made for, in words; set by build.ts. */
declare const MINIMUM_BROWSERS: string;
