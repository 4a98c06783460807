"""Where the facts about models come from: each publication with its address and the month it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Source = Literal[
    "alibaba_docs",
    "ark_docs",
    "fal",
    "gateway_list",
    "gateway_page",
    "google_omni",
    "google_veo",
    "grok2api",
    "grok_resellers",
    "kling_docs",
    "kling_probe",
    "litellm",
    "minimax_docs",
    "muapi",
    "openai_docs",
    "openai_sdk",
    "self_hosted",
    "sister_gateway",
    "veo_resellers",
    "vidu_docs",
    "xai_docs",
    "xai_sdk",
]


@dataclass(frozen=True, slots=True)
class Publication:
    """What was read, where it is found, and when it was read."""

    title: str
    address: str
    read: str


SOURCES: Mapping[Source, Publication] = MappingProxyType(
    {
        "alibaba_docs": Publication("Alibaba Model Studio, HappyHorse", "help.aliyun.com/zh/model-studio", "2026-08"),
        "ark_docs": Publication("Volcengine Ark, Seedance", "volcengine.com/docs/82379", "2026-11"),
        "fal": Publication("fal.ai, model pages", "fal.ai/models", "2026-11"),
        "gateway_list": Publication("the gateway's own list of models", "GET /videos/models", "at run time"),
        "gateway_page": Publication('the gateway\'s page "Create video"', "the gateway's documentation", "2026-11"),
        "google_omni": Publication("Google, Gemini Omni", "ai.google.dev/gemini-api/docs/omni", "2026-11"),
        "google_veo": Publication("Google, Veo", "ai.google.dev/gemini-api/docs/video", "2026-11"),
        "grok2api": Publication("grok2api projects", "github.com/search?q=grok2api", "2026-11"),
        "grok_resellers": Publication("resellers' pages on grok-video-3", "several, which disagree", "2026-11"),
        "kling_docs": Publication("Kling, API documentation", "app.klingai.com/global/dev/document-api", "2026-11"),
        "kling_probe": Publication("a probe of Kling's validators", "measured by a third party", "2026-11"),
        "litellm": Publication("litellm 1.109.1, model prices", "github.com/BerriAI/litellm", "2026-11"),
        "minimax_docs": Publication("MiniMax, video generation", "platform.minimaxi.com/document", "2026-10"),
        "muapi": Publication("muapi.ai, model pages", "muapi.ai", "2026-11"),
        "openai_docs": Publication("OpenAI, Sora 2", "developers.openai.com/api/docs/models/sora-2", "2026-09"),
        "openai_sdk": Publication("openai 3.54.0, video types", "pypi.org/project/openai", "2026-11"),
        "self_hosted": Publication("SGLang and vLLM-Omni, video servers", "their documentation", "2026-11"),
        "sister_gateway": Publication("another gateway with the same model names", "its documentation", "2026-11"),
        "veo_resellers": Publication("resellers' pages on Veo ids", "several, which mostly agree", "2026-11"),
        "vidu_docs": Publication("Vidu, API documentation", "platform.vidu.cn/docs", "2026-11"),
        "xai_docs": Publication("xAI, video generation", "docs.x.ai/developers/model-capabilities/video", "2026-11"),
        "xai_sdk": Publication("xai-sdk 1.21.0", "pypi.org/project/xai-sdk", "2026-11"),
    }
)
