"""A real OpenID Connect provider in a process of its own, which also checks PKCE and can be told to misbehave.

python oidc_server.py <port>        PUT /faults {"audience": "other", ...} changes what its tokens say
"""

import base64
import hashlib
import json
import logging
import os
import re
import sys
import time
from urllib.parse import parse_qs, urlsplit

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import flask
import oidc_provider_mock
from joserfc import jwt
from joserfc.jwk import RSAKey
from oidc_provider_mock._storage import storage

STRANGER = RSAKey.generate_key(2048, parameters={"kid": "stranger"})


def make() -> flask.Flask:
    app = oidc_provider_mock.app(require_nonce=True)
    challenges: dict[str, str] = {}
    faults: dict[str, object] = {}
    seen: list[dict[str, str]] = []

    @app.put("/faults")
    def set_faults() -> tuple[str, int]:
        faults.clear()
        faults.update(flask.request.json)
        return "", 204

    @app.get("/seen")
    def what_was_asked() -> flask.Response:
        return flask.jsonify(seen)

    @app.before_request
    def pkce() -> flask.typing.ResponseReturnValue | None:
        if flask.request.path == "/favicon.ico":
            return "", 204
        if flask.request.path == "/.well-known/openid-configuration" and faults.get("down"):
            return "out of order", 503
        if flask.request.path == "/oauth2/authorize":
            seen.append(dict(flask.request.args))
            if flask.request.args.get("code_challenge_method") != "S256":
                return "PKCE is required", 400
        if flask.request.path == "/oauth2/token":
            verifier = flask.request.form.get("code_verifier", "")
            digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
            if challenges.pop(flask.request.form.get("code", ""), None) != digest:
                return {"error": "invalid_grant"}, 400
        return None

    @app.after_request
    def remember_or_spoil(response: flask.Response) -> flask.Response:
        if flask.request.path == "/oauth2/authorize" and response.status_code == 302:
            code = parse_qs(urlsplit(response.location).query).get("code", [""])[0]
            challenges[code] = flask.request.args["code_challenge"]
        if flask.request.path == "/oauth2/authorize" and response.status_code == 200:
            # Its page fetches a style sheet from a foreign host; the tests of the browser have none.
            response.data = re.sub(rb"<link.*?/>", b"", response.data, flags=re.DOTALL)
        if flask.request.path == "/.well-known/openid-configuration" and faults.get("issuer"):
            response.data = json.dumps(json.loads(response.data) | {"issuer": faults["issuer"]})
        if flask.request.path == "/oauth2/token" and response.status_code == 200 and faults:
            answer = json.loads(response.data)
            header, claims = (
                json.loads(base64.urlsafe_b64decode(part + "==")) for part in answer["id_token"].split(".")[:2]
            )
            claims |= faults.get("claims", {})
            if faults.get("expired"):
                claims |= {"iat": int(time.time()) - 7200, "exp": int(time.time()) - 3600}
            key = RSAKey.import_key(storage.jwk.as_dict(is_private=True))
            header = {name: header[name] for name in ("alg", "kid") if name in header}
            answer["id_token"] = jwt.encode(header, claims, STRANGER if faults.get("stranger") else key)
            if faults.get("unsigned"):
                body = answer["id_token"].split(".")[1]
                none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
                answer["id_token"] = f"{none}.{body}."
            if faults.get("no_id_token"):
                del answer["id_token"]
            response.data = json.dumps(answer)
        return response

    return app


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    make().run(host="127.0.0.1", port=int(sys.argv[1]), debug=False, use_reloader=False)
