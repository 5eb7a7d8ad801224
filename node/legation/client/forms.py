"""How a node is asked to secure what it signs, by the names of cryptosuites and media types."""

from __future__ import annotations

from typing import Literal

CredentialForm = Literal[
    "eddsa-jcs-2022", "eddsa-rdfc-2022", "ecdsa-jcs-2019", "ecdsa-rdfc-2019", "vc+jwt", "vc+sd-jwt", "dc+sd-jwt"
]
# of credentials of any kind; a presentation of them has the forms of every presentation
AnyCredentialForm = Literal[
    "eddsa-jcs-2022",
    "eddsa-rdfc-2022",
    "ecdsa-jcs-2019",
    "ecdsa-rdfc-2019",
    "ecdsa-sd-2023",
    "vc+jwt",
    "vc+sd-jwt",
]
PresentationForm = Literal["eddsa-jcs-2022", "eddsa-rdfc-2022", "ecdsa-jcs-2019", "ecdsa-rdfc-2019", "vp+jwt"]
