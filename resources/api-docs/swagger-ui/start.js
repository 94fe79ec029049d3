// A file of its own, for the content security policy permits no scripts within the page.
window.onload = () => {
  window.ui = SwaggerUIBundle({
    url: "../swagger.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    // The default would send the schema to a validator on the internet.
    validatorUrl: null,
  });
};
