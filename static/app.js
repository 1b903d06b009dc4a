/* app.js: lets the place be installed, and say so when it can't be reached. Pages work whole without it. */
if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/sw.js").catch(() => {
    // Not allowed here (a private window, no TLS): then there is no page for when it is away, and no more.
  });
}
