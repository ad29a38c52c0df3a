#!/usr/bin/env python3
"""Generates tokens.json: valid and hostile access tokens of a user pool, with the verdict that a strict verifier reaches.

    generate.py [--check]

With --check, nothing is written: the command fails if the names, descriptions, verdicts and reasons in tokens.json are not
those of this script. It cannot compare tokens, which change with the keys. Needs only the package
`cryptography`, which the environment of the emulator has:

    python3 local/emulator/environments.py emulator
    target/local/emulator/bin/python test-vectors/generate.py

Each run makes new keys. Private keys are never written, so an added token means a new file. README.md describes the format.
"""

import base64
import hashlib
import hmac
import json
import sys
import uuid
from datetime import datetime, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

REGION = "eu-west-1"
POOL = "eu-west-1_AbCdEfGhI"
CLIENT = "1example23456789"
ISSUER = f"https://cognito-idp.{REGION}.amazonaws.com/{POOL}"
UPDATED_ISSUER = f"https://issuer-cognito-idp.{REGION}.amazonaws.com/{POOL}"
SCOPE = "aws.cognito.signin.user.admin"
SUBJECT = "b7d8f6e4-0001"
ATTACKER = "https://attacker.example"

ISSUED = 1767225600  # 2026-01-01
PAST = 1577836800  # 2020-01-01
EXPIRY = 4102444800  # 2100-01-01
NOT_BEFORE = 4070908800  # 2099-01-01

# The longest token that the verifier of this repository reads.
MAX_LENGTH = 16 * 1024
# Above the recursion limits of common JSON parsers.
DEPTH = 1500

REASONS = {
    "malformed", "too_long", "algorithm", "critical", "key", "signature",
    "issuer", "client", "token_use", "expired", "not_yet_valid", "claims",
}  # fmt: skip


class Raw(str):
    """JSON text that is inserted as it is."""


def to_json(value):
    """JSON text of a value. A list of pairs makes an object, in which a name may occur twice."""
    if isinstance(value, Raw):
        return value
    if isinstance(value, dict):
        value = list(value.items())
    if isinstance(value, list) and value and all(isinstance(item, tuple) for item in value):
        return "{" + ",".join(f"{json.dumps(name)}:{to_json(member)}" for name, member in value) + "}"
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def to_bytes(value):
    return value if isinstance(value, bytes) else to_json(value).encode()


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def integer(number):
    return base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))


class Key:
    """RSA key pair with a key ID."""

    def __init__(self):
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.id = base64.b64encode(uuid.uuid4().bytes + uuid.uuid4().bytes).decode()

    def jwk(self):
        """The public key, as Cognito publishes it."""
        public = self.private.public_key().public_numbers()
        return {
            "alg": "RS256", "e": integer(public.e), "kid": self.id, "kty": "RSA", "n": integer(public.n), "use": "sig",
        }  # fmt: skip

    def public(self, encoding):
        return self.private.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)

    def signature(self, message, scheme=None, digest=None):
        return self.private.sign(message.encode(), scheme or padding.PKCS1v15(), digest or hashes.SHA256())

    def certificate(self):
        """Self-signed certificate in DER."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "attacker.example")])
        builder = x509.CertificateBuilder(name, name, self.private.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(datetime.fromtimestamp(PAST, timezone.utc))
        builder = builder.not_valid_after(datetime.fromtimestamp(EXPIRY, timezone.utc))
        return builder.sign(self.private, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


KEY, SECOND_KEY, UNKNOWN_KEY = Key(), Key(), Key()
tokens = []


def header(**members):
    """Header of a valid token, with changed or added members. A member that is `...` is left out."""
    return {name: value for name, value in {"kid": KEY.id, "alg": "RS256", **members}.items() if value is not ...}


def claims(**members):
    """Claims of a valid access token, with changed or added members. A member that is `...` is left out."""
    valid = {
        "sub": SUBJECT,
        "cognito:groups": ["admin"],
        "iss": ISSUER,
        "client_id": CLIENT,
        "token_use": "access",
        "scope": SCOPE,
        "auth_time": ISSUED,
        "exp": EXPIRY,
        "iat": ISSUED,
        "jti": "0d0f5a5e-0001",
        "username": "user",
    }
    members = {name.replace("groups", "cognito:groups"): value for name, value in members.items()}
    return {name: value for name, value in {**valid, **members}.items() if value is not ...}


def twice(members, name, first):
    """The members with `name` twice: first with the hostile value, then with the valid one, which most parsers keep."""
    return [(name, first), *members.items()]


def content(head, body):
    return f"{base64url(to_bytes(head))}.{base64url(to_bytes(body))}"


def signed_text(text, key=KEY, **how):
    return f"{text}.{base64url(key.signature(text, **how))}"


def signed(head=None, body=None, key=KEY, **how):
    return signed_text(content(header() if head is None else head, claims() if body is None else body), key, **how)


def authenticated(secret):
    """Token with HS256 and this secret."""
    text = content(header(alg="HS256"), claims())
    return f"{text}.{base64url(hmac.digest(secret, text.encode(), hashlib.sha256))}"


def with_other_bits(text):
    """The same bytes in base64url, but with an unused bit of the last character set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert len(text) % 4 != 0
    return text[:-1] + alphabet[alphabet.index(text[-1]) | 1]


def padded_body(remainder, **members):
    """A body whose length has this remainder modulo 3, which decides the padding in base64."""
    for filler in ("", "x", "xx"):
        body = claims(device_key=filler, **members)
        if len(to_bytes(body)) % 3 == remainder:
            return body
    raise AssertionError


def add(name, description, token, reason=None):
    assert reason is None or reason in REASONS, reason
    assert name not in {other["name"] for other in tokens}, name
    verdict = {"verdict": "valid"} if reason is None else {"verdict": "invalid", "reason": reason}
    tokens.append({"name": name, "description": description, **verdict, "token": token})


def add_valid():
    add("access-token", "Access token as Cognito issues it, of a user in the group admin.", signed())
    add("second-key", "Signed with the second key of the pool.", signed(header(kid=SECOND_KEY.id), key=SECOND_KEY))
    add("no-groups", "The user is in no group, so the claim is absent.", signed(body=claims(groups=...)))
    groups = [f"team-{number}" for number in range(99)] + ["admin"]
    add("many-groups", "The user is in 100 groups, Cognito's limit.", signed(body=claims(groups=groups)))
    add("several-scopes", "Scopes of a federated sign-in.", signed(body=claims(scope=f"{SCOPE} openid email")))
    add("updated-issuer", "Issuer URL of the same pool after multi-Region replication.", signed(body=claims(iss=UPDATED_ISSUER)))
    add("unknown-header-members", "Unknown header members are ignored.", signed(header(version=2, note={"a": [1]})))
    unknown = claims(origin_jti="0d0f5a5e-0002", device_key="eu-west-1_0002", acr="urn:cognito:loa:1", version=2)
    add("unknown-claims", "Unknown claims are ignored.", signed(body=unknown))
    add("typ-jwt", "Header with the type JWT, which Cognito leaves out.", signed(header(typ="JWT")))
    add("typ-at-jwt", "Header with the type of RFC 9068.", signed(header(typ="at+jwt")))
    add("exp-decimal", "Expiry with a fraction, which RFC 7519 allows.", signed(body=claims(exp=Raw(f"{EXPIRY}.0"))))
    add("nbf-past", "The token has been valid for years.", signed(body=claims(nbf=PAST)))
    add("non-ascii-claims", "Username and group in UTF-8.", signed(body=claims(username="zoë", groups=["admin", "管理者"])))
    spaced = json.dumps(claims(), indent=1).replace("token_use", "\\u0074oken_use").encode()
    add("spaced-json", "JSON with white space and an escaped claim name.", signed(body=spaced))


def add_algorithms():
    def algorithm(name, description, token):
        add(f"alg-{name}", description, token, "algorithm")

    for name, value in [("none", "none"), ("none-capitalized", "None"), ("none-mixed-case", "nOnE")]:
        algorithm(name, f"Algorithm {value} without a signature.", content(header(alg=value), claims()) + ".")
    algorithm("none-with-signature", "Algorithm none with a signature of the pool's key.", signed(header(alg="none")))
    algorithm("missing", "No algorithm.", signed(header(alg=...)))
    algorithm("list", "The algorithm is a list.", signed(header(alg=["RS256"])))
    algorithm("lower-case", "Algorithm rs256: names are case-sensitive.", signed(header(alg="rs256")))
    algorithm("rs512", "RS512 with the pool's key.", signed(header(alg="RS512"), digest=hashes.SHA512()))
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)
    algorithm("ps256", "PS256 with the pool's key.", signed(header(alg="PS256"), scheme=pss))
    algorithm("es256", "Algorithm ES256, with an RS256 signature.", signed(header(alg="ES256")))
    pem, der = KEY.public(serialization.Encoding.PEM), KEY.public(serialization.Encoding.DER)
    algorithm("hs256-pem", "HS256 with the public key in PEM as the secret.", authenticated(pem))
    algorithm("hs256-der", "HS256 with the public key in DER as the secret.", authenticated(der))
    algorithm("hs256-modulus", "HS256 with the modulus, as published, as the secret.", authenticated(KEY.jwk()["n"].encode()))
    modulus = KEY.private.public_key().public_numbers().n.to_bytes(256, "big")
    algorithm("hs256-modulus-bytes", "HS256 with the bytes of the modulus as the secret.", authenticated(modulus))
    algorithm("hs256-empty-secret", "HS256 with an empty secret.", authenticated(b""))


def add_headers():
    own = UNKNOWN_KEY
    jwk = {**own.jwk(), "kid": KEY.id}
    x5c = [base64.b64encode(own.certificate()).decode()]
    for name, members, what in [
        ("jwk", {"jwk": jwk}, "key in the header"),
        ("jku", {"jku": f"{ATTACKER}/jwks.json"}, "key set, whose URL is in the header"),
        ("x5u", {"x5u": f"{ATTACKER}/key.pem"}, "certificate, whose URL is in the header"),
        ("x5c", {"x5c": x5c}, "certificate in the header"),
    ]:
        add(f"embedded-{name}", f"Signed with the attacker's {what}.", signed(header(**members), key=own), "signature")
    add("embedded-jwk-with-own-kid", "Signed with the attacker's key in the header, and with its key ID.", signed(header(kid=own.id, jwk=own.jwk()), key=own), "key")

    def key_id(name, description, value):
        add(f"kid-{name}", description, signed(header(kid=value)), "key")

    key_id("missing", "No key ID.", ...)
    key_id("number", "The key ID is a number.", 0)
    key_id("empty", "The key ID is an empty string.", "")
    key_id("unknown", "The pool has no key with this ID.", own.id)
    key_id("path", "The key ID is a path.", "../../../../../../dev/null")
    add("kid-of-the-other-key", "The key ID is that of the pool's other key.", signed(header(kid=SECOND_KEY.id)), "signature")

    def critical(name, description, **members):
        add(f"crit-{name}", description, signed(header(**members)), "critical")

    critical("unknown", "An unknown extension must be understood.", crit=["urn:example:bound"], **{"urn:example:bound": True})
    critical("claim", "The name of a claim in crit, as an extension.", crit=["exp"], exp=EXPIRY)
    critical("registered", "RFC 7515 forbids registered names in crit.", crit=["alg"])
    critical("empty", "RFC 7515 forbids an empty crit.", crit=[])
    critical("string", "RFC 7515 requires a list.", crit="b64")
    critical("b64", "Unencoded payload of RFC 7797.", crit=["b64"], b64=False)


def add_encodings():
    def malformed(name, description, token):
        add(name, description, token, "malformed")

    valid = signed()
    head, body, signature = valid.split(".")
    malformed("empty", "Empty text.", "")
    malformed("dots", "Two dots and nothing else.", "..")
    malformed("opaque", "Opaque text.", str(uuid.uuid4()))
    parts = [base64url(uuid.uuid4().bytes) for _ in range(4)]
    encrypted = base64url(to_bytes({"cty": "JWT", "enc": "A256GCM", "alg": "RSA-OAEP"}))
    malformed("refresh-token", "Five parts, as Cognito's encrypted refresh tokens have.", ".".join([encrypted, *parts]))
    malformed("two-parts", "Signature and its dot are missing.", f"{head}.{body}")
    malformed("four-parts", "A fourth part after a valid token.", f"{valid}.{signature}")
    malformed("trailing-dot", "A dot after a valid token.", f"{valid}.")
    malformed("json-serialization", "JSON serialization of RFC 7515.", to_json({"payload": body, "protected": head, "signature": signature}))

    text = base64url(to_bytes(padded_body(1)))
    malformed("padding", "Payload with padding.", signed_text(f"{head}.{text}=="))
    malformed("signature-padding", "Signature with padding.", f"{valid}==")
    malformed("space", "Payload with a space.", signed_text(f"{head}.{body[:40]} {body[40:]}"))
    malformed("other-characters", "Payload with characters that are not in the alphabet.", signed_text(f"{head}.{body[:40]}!*{body[40:]}"))
    standard = base64.b64encode(to_bytes(claims(device_key="~~?~~?>>>"))).decode().rstrip("=")
    assert set("+/") & set(standard)
    malformed("standard-alphabet", "Payload in base64 instead of base64url.", signed_text(f"{head}.{standard}"))
    malformed("signature-standard-alphabet", "Signature in base64 instead of base64url.", with_standard_signature())
    malformed("unused-bits", "Payload whose last character has unused bits set.", signed_text(f"{head}.{with_other_bits(text)}"))
    malformed("signature-unused-bits", "Signature whose last character has unused bits set.", f"{head}.{body}.{with_other_bits(signature)}")

    not_utf8 = to_bytes(claims(device_key="?")).replace(b'"?"', b'"\xff"')
    malformed("payload-not-utf8", "Payload with a byte that is not UTF-8.", signed(body=not_utf8))
    malformed("payload-utf16", "Payload in UTF-16.", signed(body=to_json(claims()).encode("utf-16-le")))
    malformed("payload-byte-order-mark", "Payload with a byte order mark.", signed(body=to_json(claims()).encode("utf-8-sig")))
    malformed("payload-empty", "Empty payload.", signed_text(f"{head}."))
    malformed("payload-list", "The payload is a list that holds the claims.", signed(body=Raw(f"[{to_json(claims())}]")))
    malformed("payload-string", "The payload is a string that holds the claims.", signed(body=to_json(claims())))
    malformed("payload-two-objects", "An object after the claims.", signed(body=Raw(to_json(claims()) + "{}")))
    malformed("payload-nan", "NaN is not JSON.", signed(body=claims(device_key=Raw("NaN"))))
    malformed("header-two-objects", "An object after the header.", signed(head=Raw(to_json(header()) + "{}")))

    malformed("duplicate-alg", "Two algorithms in the header: none and RS256.", signed(head=twice(header(), "alg", "none")))
    malformed("duplicate-kid", "Two key IDs in the header.", signed(head=twice(header(), "kid", UNKNOWN_KEY.id)))
    for claim, first in [
        ("exp", PAST), ("token_use", "id"), ("client_id", "another"), ("iss", ATTACKER), ("sub", "another"), ("cognito:groups", []),
    ]:  # fmt: skip
        name = claim.replace("cognito:", "").replace("_", "-")
        malformed(f"duplicate-{name}", f"The claim {claim} twice, with different values.", signed(body=twice(claims(), claim, first)))

    long = claims(device_key="")
    # One character above the limit, or two where base64url has no text of that length.
    long["device_key"] = "x" * ((MAX_LENGTH - len(signed(body=long))) * 3 // 4 + 2)
    too_long = signed(body=long)
    assert MAX_LENGTH < len(too_long) <= MAX_LENGTH + 4, len(too_long)
    add("too-long", "Slightly above 16 KiB, and valid apart from that.", too_long, "too_long")


def with_standard_signature():
    """A token whose signature has one of the two characters that differ between the alphabets."""
    number = 0
    while True:
        text = content(header(), claims(jti=str(number)))
        signature = base64.b64encode(KEY.signature(text)).decode().rstrip("=")
        if set("+/") & set(signature):
            return f"{text}.{signature}"
        number += 1


def add_signatures():
    def signature(name, description, token):
        add(name, description, token, "signature")

    head, body, valid = signed().split(".")
    raw = KEY.signature(f"{head}.{body}")
    user = signed(body=claims(groups=...))
    signature("signature-empty", "The signature is empty.", f"{head}.{body}.")
    signature("signature-truncated", "The last six bytes of the signature are missing.", f"{head}.{body}.{valid[:-8]}")
    signature("signature-zero", "The signature is 256 zero bytes.", f"{head}.{body}.{base64url(bytes(256))}")
    signature("signature-leading-zero", "A zero byte before the signature.", f"{head}.{body}.{base64url(bytes(1) + raw)}")
    signature("signature-of-another-token", "The signature of another token of the pool.", f"{head}.{body}.{user.rsplit('.', 1)[1]}")
    changed = content(header(), claims(groups=["admin", "root"]))
    signature("payload-changed", "A group was added after signing.", f"{changed}.{valid}")
    signature("header-changed", "A header member was added after signing.", f"{content(header(typ='JWT'), claims())}.{valid}")
    signature("unknown-key", "Signed with an unknown key under a known key ID.", signed(key=UNKNOWN_KEY))
    sha512 = signed(digest=hashes.SHA512())
    signature("signature-sha512", "RS256 in the header, but signed with SHA-512.", sha512)
    nested = Raw("[" * DEPTH + "]" * DEPTH)
    signature("header-nested", "Deeply nested header, signed with an unknown key.", signed(header(note=nested), key=UNKNOWN_KEY))
    signature("payload-nested", "Deeply nested claim, signed with an unknown key.", signed(body=claims(note=nested), key=UNKNOWN_KEY))


def add_claims():
    def claim(reason, name, description, **members):
        add(name, description, signed(body=claims(**members)), reason)

    claim("issuer", "iss-missing", "No issuer.", iss=...)
    claim("issuer", "iss-list", "A list that holds the issuer. RFC 7519 requires a string.", iss=[ISSUER])
    claim("issuer", "iss-other-pool", "Another pool of the same region.", iss=ISSUER[:-9] + "XyXyXyXyX")
    claim("issuer", "iss-other-region", "Another region.", iss=ISSUER.replace("//cognito-idp.eu-west-1", "//cognito-idp.eu-west-2"))
    claim("issuer", "iss-other-host", "The pool's path on the attacker's host.", iss=f"{ATTACKER}/{POOL}")
    claim("issuer", "iss-http", "HTTP instead of HTTPS.", iss=ISSUER.replace("https", "http"))
    claim("issuer", "iss-trailing-slash", "A slash after the issuer.", iss=f"{ISSUER}/")
    claim("issuer", "iss-longer", "The issuer is a prefix.", iss=f"{ISSUER}J")
    claim("issuer", "updated-issuer-other-pool", "The updated issuer of another pool.", iss=UPDATED_ISSUER[:-9] + "XyXyXyXyX")

    claim("client", "client-id-missing", "No app client.", client_id=...)
    claim("client", "client-id-other", "Another app client of the pool.", client_id="7another23456789")
    claim("client", "client-id-list", "A list that holds the app client.", client_id=[CLIENT])
    claim("client", "client-id-longer", "The app client is a prefix.", client_id=f"{CLIENT}0")
    claim("client", "aud-without-client-id", "Audience instead of the app client.", client_id=..., aud=CLIENT)
    claim("client", "aud-with-other-client-id", "Another app client, and an audience.", client_id="7another23456789", aud=[CLIENT])

    profile = {"email": "user@example.com", "email_verified": True, "cognito:username": "user", "username": ..., "scope": ...}
    claim("token_use", "id-token", "ID token as Cognito issues it.", token_use="id", aud=CLIENT, client_id=..., **profile)
    claim("token_use", "id-token-with-client-id", "ID token that has a client ID too.", token_use="id", aud=CLIENT, **profile)
    claim("token_use", "token-use-id", "Access token that is marked as an ID token.", token_use="id")
    claim("token_use", "token-use-missing", "No token use.", token_use=...)
    claim("token_use", "token-use-list", "A list that holds the token use.", token_use=["access"])
    claim("token_use", "token-use-capitalized", "Token use Access.", token_use="Access")

    claim("expired", "exp-past", "Expired in 2020.", exp=PAST)
    claim("expired", "exp-zero", "Expired in 1970.", exp=0)
    claim("expired", "exp-negative", "Expired before 1970.", exp=-EXPIRY)
    claim("claims", "exp-missing", "No expiry.", exp=...)
    claim("claims", "exp-null", "The expiry is null.", exp=None)
    claim("claims", "exp-string", "The expiry is a string.", exp=str(EXPIRY))
    claim("claims", "exp-list", "The expiry is a list.", exp=[EXPIRY])
    claim("claims", "exp-infinite", "The expiry is above all floating-point numbers.", exp=Raw("1e400"))
    claim("not_yet_valid", "nbf-future", "Valid from 2099 on.", nbf=NOT_BEFORE)
    claim("claims", "nbf-string", "The start of the validity is a string.", nbf=str(PAST))

    claim("claims", "sub-missing", "No subject.", sub=...)
    claim("claims", "sub-number", "The subject is a number.", sub=1)
    claim("claims", "sub-list", "The subject is a list.", sub=[SUBJECT])
    claim("claims", "groups-string", "The groups are a string.", groups="admin")
    claim("claims", "groups-object", "The groups are an object.", groups={"admin": True})


def main():
    for add_tokens in [add_valid, add_encodings, add_algorithms, add_headers, add_signatures, add_claims]:
        add_tokens()
    vectors = {
        "description": "Valid and hostile access tokens of one app client in one Cognito user pool. See README.md.",
        "issuer": ISSUER,
        "region": REGION,
        "user_pool_id": POOL,
        "client_id": CLIENT,
        "jwks": {"keys": [KEY.jwk(), SECOND_KEY.jwk()]},
        "tokens": tokens,
    }
    file = Path(__file__).with_name("tokens.json")
    if sys.argv[1:] == ["--check"]:
        if without_keys(json.loads(file.read_text())) != without_keys(vectors):
            sys.exit("tokens.json is out of date. Run test-vectors/generate.py.")
    else:
        file.write_text(json.dumps(vectors, indent=2) + "\n")


def without_keys(vectors):
    """The vectors without what differs between two runs."""
    names = [{name: value for name, value in token.items() if name != "token"} for token in vectors["tokens"]]
    return {**vectors, "tokens": names, "jwks": None}


if __name__ == "__main__":
    main()
