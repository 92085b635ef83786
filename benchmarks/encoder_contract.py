"""Fast layers against plain ones for many encoders and every decoder, as Markdown rows.

``python -m benchmarks.encoder_contract``: random weights, batch norm statistics of noise, logits of
another noise picture in float32 on the processor; beside their difference that of the plain layers
from float64, below which none can be told from rounding. ``--encoders resnet18 --decoders unet
fpn`` take a part.
"""

import argparse
import itertools
from dataclasses import dataclass

import torch
from torch import nn

from effunet.config import ModelConfig
from effunet.labels import LABEL_SPACES
from effunet.models import DECODERS, Segmenter, build_model, for_inference, preds_from_logits
from effunet.precision import Precision

VARIANTS = ("lite0", "lite4", "b0", "b3")
FOREIGN = (
    "resnet18",
    "resnet50",
    "resnext50_32x4d",
    "se_resnet50",
    "senet154",
    "densenet121",
    "vgg11",
    "vgg13_bn",
    "dpn68",
    "inceptionresnetv2",
    "inceptionv4",
    "xception",
    "mobilenet_v2",
    "mobileone_s0",
    "efficientnet-b0",
    "timm-efficientnet-b0",
    "mit_b0",
    "tu-ghostnet_100",
    "tu-ghostnetv2_100",
    "tu-repghostnet_050",
    "tu-xception41p",
    "tu-xception41",
    "tu-repvgg_a0",
    "tu-mobileone_s1",
    "tu-mobilenetv3_large_100",
    "tu-mobilenetv4_conv_small",
    "tu-tf_efficientnetv2_b0",
    "tu-regnety_004",
    "tu-regnetx_004",
    "tu-regnetz_b16",
    "tu-resnetv2_50",
    "tu-resnest14d",
    "tu-res2net50_26w_4s",
    "tu-skresnet18",
    "tu-cspresnet50",
    "tu-darknet53",
    "tu-dla34",
    "tu-hrnet_w18_small",
    "tu-vovnet39a",
    "tu-selecsls42",
    "tu-hardcorenas_a",
    "tu-mnasnet_100",
    "tu-convnext_atto",
    "tu-convnextv2_atto",
    "tu-efficientvit_b0",
    "tu-repvit_m0_9",
    "tu-fastvit_t8",
    "tu-mobilevit_xxs",
    "tu-edgenext_xx_small",
    "tu-inception_next_atto",
    "tu-rexnet_100",
    "tu-tinynet_a",
    "tu-gernet_s",
    "tu-nf_regnet_b0",
    "tu-focalnet_tiny_srf",
)
UNDER_EVERY_DECODER = ("lite0", "resnet18", "tu-xception41p")
SPACE = LABEL_SPACES["idd_lite"]
_SIDE = 96


@dataclass(frozen=True)
class Row:
    """One network, plain and fast."""

    encoder: str
    decoder: str
    difference: float
    """Largest between the logits, as a share of the largest logit."""
    rounding: float
    """Largest between the plain logits and those in float64, as the same share."""
    changed: float
    """Share of the pixels whose class differs."""
    steps: tuple[str, ...]
    """Taken by the fast copy."""
    plain: str
    """Steps that are left out, and why."""

    def __str__(self) -> str:
        cells = (
            self.encoder,
            self.decoder,
            f"{self.difference:.1e}",
            f"{self.rounding:.1e}",
            f"{self.changed:.2%}",
            ", ".join(self.steps),
            self.plain,
        )
        return "| " + " | ".join(cells) + " |"


def build_with_statistics(encoder: str, decoder: str) -> Segmenter:
    """Random weights, whose batch norms have the statistics of one batch of noise."""
    torch.manual_seed(0)
    ours = encoder in VARIANTS
    model = ModelConfig(
        variant=encoder if ours else None,
        encoder=None if ours else encoder,
        decoder=decoder,
        weights="none",
    )
    segmenter, _ = build_model(model, label_space=SPACE, input_scale=1.0)
    norms = [module for module in segmenter.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0  # statistics of this batch alone; random variances overflow
    with torch.no_grad():
        segmenter.train().forward_train(_noise(4, seed=1))
    return segmenter.eval().use_precision(Precision("32", channels_last=True, reason="comparison"))


def compare_layers(encoder: str, decoder: str) -> Row:
    """Plain and fast on a picture that the proof has not seen."""
    segmenter = build_with_statistics(encoder, decoder)
    fast = for_inference(segmenter)
    picture = _noise(1, seed=2)
    with torch.inference_mode():
        expected, found = segmenter(picture), fast.segmenter(picture)
        exact = segmenter.double()(picture)
    changed = preds_from_logits(expected) != preds_from_logits(found)
    return Row(
        encoder,
        decoder,
        difference=float((found - expected).abs().max() / expected.abs().max()),
        rounding=float((expected - exact).abs().max() / expected.abs().max()),
        changed=float(changed.float().mean()),
        steps=fast.steps,
        plain="; ".join(f"{step}: {why}" for step, why in fast.faults.items()),
    )


def networks() -> list[tuple[str, str]]:
    """(encoder, decoder) of the whole table."""
    under_unet = [(encoder, "unet") for encoder in (*VARIANTS, *FOREIGN)]
    return [
        *under_unet,
        *itertools.product(UNDER_EVERY_DECODER, (name for name in DECODERS if name != "unet")),
    ]


def _noise(count: int, *, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    size = (count, 3, _SIDE, _SIDE)
    return torch.randint(256, size, generator=generator, dtype=torch.uint8)


def main() -> None:
    """Parse, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoders", nargs="+", help="all of the table if left out")
    parser.add_argument("--decoders", nargs="+", default=["unet"], help="of --encoders")
    arguments = parser.parse_args()

    chosen = list(itertools.product(arguments.encoders or [], arguments.decoders)) or networks()
    print(
        "| encoder | decoder | difference | rounding | changed pixels | fast by | plain because |"
    )
    print("|---|---|---:|---:|---:|---|---|")
    for encoder, decoder in chosen:
        print(compare_layers(encoder, decoder), flush=True)


if __name__ == "__main__":
    main()
