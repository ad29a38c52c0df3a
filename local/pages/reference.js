// Shows the reference with Scalar, which is served from here, keeps nothing and calls nobody but the API:
// https://github.com/scalar/scalar/blob/main/documentation/configuration.md says what each setting does.

Scalar.createApiReference("#reference", {
  url: "openapi.yaml",
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: "never",
  hideClientButton: true,
  persistAuth: false,
  // Production is there to be read (reference/page.py).
  hideTestRequestButton: "readOnly" in document.getElementById("reference").dataset,
  // As the document has them: what a client reads first stands first.
  orderSchemaPropertiesBy: "preserve",
});

// Scalar leaves some of its buttons without a name, and some of its lists where only a mouse can scroll them.
new MutationObserver(() => {
  for (const button of document.querySelectorAll("button[class*='copy-button']:not([aria-label])")) {
    button.ariaLabel = "Copy";
  }
  for (const list of document.querySelectorAll("ul.endpoints:not([tabindex])")) list.tabIndex = 0;
}).observe(document.body, { childList: true, subtree: true });
