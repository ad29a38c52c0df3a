// Shows the API reference with Scalar, which is served locally, stores nothing and sends requests only to the API. Settings:
// https://github.com/scalar/scalar/blob/main/documentation/configuration.md.

Scalar.createApiReference("#reference", {
  url: "openapi.yaml",
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: "never",
  hideClientButton: true,
  persistAuth: false,
  // The page of production is read-only (openapi/page.py).
  hideTestRequestButton: "readOnly" in document.getElementById("reference").dataset,
  // Order of the document.
  orderSchemaPropertiesBy: "preserve",
});

// Accessibility: some of Scalar's buttons have no name, and some lists and code blocks cannot be scrolled with a keyboard.
new MutationObserver(() => {
  for (const button of document.querySelectorAll("button[class*='copy-button']:not([aria-label])")) {
    button.ariaLabel = "Copy";
  }
  for (const scrollable of document.querySelectorAll(":is(ul.endpoints, code.custom-scroll):not([tabindex])")) {
    scrollable.tabIndex = 0;
  }
}).observe(document.body, { childList: true, subtree: true });
