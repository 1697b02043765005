// A shop of another origin, with a strict content security policy, on which the widget stands.

import { createServer } from "node:http";

/** Serves one page for every path; `tanya` is the address of the help center. */
export async function host(tanya, { attributes = "", head = "", lang = "en" } = {}) {
  const server = createServer((request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.setHeader(
      "content-security-policy",
      `default-src 'none'; script-src ${tanya}; connect-src ${tanya}; style-src 'self'; img-src ${tanya}; base-uri 'none'`,
    );
    response.end(`<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><title>A shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
${head}
<script src="${tanya}/widget.js" async ${attributes}></script></head>
<body><main><h1>A shop</h1><p>Beans, filters, kettles. <a href="/checkout/pay">Pay</a></p></main></body></html>`);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => new Promise((done) => server.close(done)),
  };
}
