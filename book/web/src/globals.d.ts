/** The worker's file, named by its content; set by build.ts. */
declare const WORKER_FILE: string;
