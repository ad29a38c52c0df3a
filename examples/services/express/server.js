// Runs the service: ISSUER=... CLIENT_ID=... PORT=3000 node server.js

import { createService } from "./service.js";

const { ISSUER: issuer, CLIENT_ID: clientId, JWKS_URI: jwksUri, PORT: port = "3000" } = process.env;
createService({ issuer, clientId, jwksUri }).listen(Number(port), "127.0.0.1");
