"""Tokens of services that mark theirs by how they begin, signed tokens, and private keys."""

import re

_MARKED = (
    # payments and shops
    r"[srp]k_(?:live|test)_[A-Za-z0-9]{8,}", r"whsec_[A-Za-z0-9+/=]{8,}", r"(?:pi|seti|cs)_\w{3,}_secret_\w{3,}",
    r"sq0[a-z]{3}-[A-Za-z0-9_-]{20,}", r"EAAA[A-Za-z0-9_-]{50,}", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{20,}",
    r"(?:live|test)_[A-Za-z0-9]{30,}", r"rzp_(?:live|test)_[A-Za-z0-9]{14,}",
    r"access_token\$\w+\$\w{16}\$[a-f0-9]{32}",
    r"EZ[AT]K[a-f0-9]{20,}", r"shippo_(?:live|test)_[a-f0-9]{40}", r"amzn\.mws\.[a-f0-9-]{30,}",
    # code, packages, builds
    r"gh[pousr]_[A-Za-z0-9]{20,}", r"github_pat_[A-Za-z0-9_]{20,}",
    r"gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct|oas)-[A-Za-z0-9_-]{16,}", r"npm_[A-Za-z0-9]{30,}",
    r"pypi-[A-Za-z0-9_-]{20,}", r"rubygems_[a-f0-9]{40,}", r"dckr_[a-z]+_[A-Za-z0-9_-]{20,}",
    r"AT[ABCT]TT3[A-Za-z0-9_=-]{20,}",
    r"ATBB[A-Za-z0-9]{20,}", r"CLOJARS_[a-z0-9]{50,}", r"lin_(?:api|oauth)_[A-Za-z0-9]{30,}",
    r"PMAK-[A-Za-z0-9-]{50,}",
    r"sntry[su]_[A-Za-z0-9_+/=-]{30,}", r"figd_[A-Za-z0-9_-]{30,}", r"rdme_[a-z0-9]{60,}",
    # clouds, servers, vaults
    r"(?:AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA)[A-Z0-9]{16}", r"(?:FwoGZXIv|IQoJb3JpZ2lu)[A-Za-z0-9+/=]{20,}",
    r"AIza[A-Za-z0-9_-]{30,}", r"ya29\.[A-Za-z0-9_-]{10,}", r"1//0[A-Za-z0-9_-]{20,}", r"GOCSPX-[A-Za-z0-9_-]{20,}",
    r"do[opr]_v1_[a-f0-9]{20,}", r"hv[sbr]\.[A-Za-z0-9_-]{20,}",
    r"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9_.-]{30,}",
    r"dapi[a-f0-9]{32}", r"pscale_[a-z]+_[A-Za-z0-9_.-]{30,}", r"sbp_[a-f0-9]{40}", r"sb_secret_[A-Za-z0-9_-]{20,}",
    r"nfp_[A-Za-z0-9]{30,}", r"HRKU-[A-Za-z0-9_-]{30,}", r"gl(?:sa|c)_[A-Za-z0-9_+/=]{30,}",
    r"NR(?:AK|JS|II|RA)-[A-Za-z0-9]{20,}",
    r"dt0[a-z]\d\d\.[A-Z0-9]{24}\.[A-Z0-9]{64}", r"pul-[a-f0-9]{40}",
    r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}",
    r"sha256~[A-Za-z0-9_-]{40,}", r"LTAI[A-Za-z0-9]{16,}", r"AGE-SECRET-KEY-1[A-Z0-9]{50,}",
    r"\w{3}\dQ~[A-Za-z0-9_.~-]{31,34}",
    r"ops_eyJ[A-Za-z0-9_-]{30,}",
    # messages and mail
    r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9%-]{10,}", r"xapp-[A-Za-z0-9-]{10,}",
    r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    r"(?:AC|SK)[a-f0-9]{32}", r"key-[a-f0-9]{32}", r"[a-f0-9]{32}-us\d{1,2}",
    r"x(?:keysib|smtpsib)-[a-f0-9]{40,}-\w+",
    r"(?:bot)?[0-9]{8,10}:AA[A-Za-z0-9_-]{32,}", r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}",
    r"EAA[A-Za-z0-9]{30,}", r"re_[A-Za-z0-9]{8,}_[A-Za-z0-9]{16,}",
    # language models and documents
    r"sk-[A-Za-z0-9_-]{20,}", r"hf_[A-Za-z0-9]{20,}", r"r8_[A-Za-z0-9]{30,}", r"(?:gsk_|xai-|pplx-)[A-Za-z0-9]{30,}",
    r"tvly-[A-Za-z0-9-]{20,}", r"lsv2_[a-z]{2}_[a-f0-9_]{30,}", r"(?:ntn|secret)_[A-Za-z0-9]{40,}",
    r"pat\w{14}\.[a-f0-9]{64}",
)  # fmt: skip

_LONG = r"(?=[\w+/=.$~:%-]{14})"  # none is shorter; most words are, and need no other look
TOKEN = re.compile(rf"(?<![A-Za-z0-9]){_LONG}(?:{'|'.join(_MARKED)})")

JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){0,3}")
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z ]*-----|\Z)", re.DOTALL)
