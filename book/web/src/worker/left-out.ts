/** Stands in for the parts of JupyterLite's kernel that build.ts leaves out. */
function leftOut(): never {
  throw new Error("The page's kernel has neither a drive nor an importer by URL.");
}

export { leftOut as DriveFS, leftOut as importModule };
