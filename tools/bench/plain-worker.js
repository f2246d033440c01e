self.onmessage = async ({ data }) => {
  const { loadPyodide } = await import(data.url);
  const pyodide = await loadPyodide({
    indexURL: data.url.slice(0, data.url.lastIndexOf("/") + 1),
    stdout: (text) => self.postMessage(text),
  });
  await pyodide.runPythonAsync(data.code);
};
