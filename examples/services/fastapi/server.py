"""Runs the service: ISSUER=... CLIENT_ID=... PORT=8000 python server.py"""

import os

import uvicorn

uvicorn.run("service:app", port=int(os.environ.get("PORT", "8000")), log_level="warning")
