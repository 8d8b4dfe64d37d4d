"""Fill the model card's template with what was measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).resolve().parents[1] / "pocket_card.md"
WEAK_BELOW = 0.5  # share of samples at scale 7 whose subject is among the classifier's first five


def write_card(folder: Path, measured: dict[str, Any]) -> None:
    """Write README.md into a model folder from the measured numbers."""
    tables = {name: "\n".join(rows(measured)) for name, rows in TABLES.items()}
    by_subject = measured["prompts"]["7.0"]["top5_by_subject"]
    weak = sorted((share, name) for name, share in by_subject.items() if share < WEAK_BELOW)
    text = TEMPLATE.read_text(encoding="utf-8").format(
        **measured["run"],
        **tables,
        weak=", ".join(f"{name} ({share:.0%})" for share, name in weak) or "none",
        processor=measured["cost"]["processor"],
        threads=measured["cost"]["threads"],
        closer=f"{measured['copying']['samples_closer_than_nine_of_ten_augmented']:.0%}",
    )
    (folder / "README.md").write_text(text, encoding="utf-8")


def denoising_rows(measured: dict[str, Any]) -> list[str]:
    """Kind of picture, t, one step, best blur, iterative, how often one step wins."""
    return [
        f"| {kind} | {t} | {row['one_step']:.1f} | {row['best_blur']:.1f} | {row['iterative']:.1f} "
        f"| {row['pictures_where_one_step_wins']} of 10 |"
        for kind, table in measured["denoising"].items()
        for t, row in table.items()
    ]


def prompt_rows(measured: dict[str, Any]) -> list[str]:
    """Guidance scale, top-1, top-5, each with its spread over seeds, diversity."""
    return [
        f"| {float(scale):g} | {row['top1']:.0%} ± {row['top1_std_over_seeds']:.0%} "
        f"| {row['top5']:.0%} ± {row['top5_std_over_seeds']:.0%} | {row['diversity']:.3f} |"
        for scale, row in measured["prompts"].items()
    ]


def copying_rows(measured: dict[str, Any]) -> list[str]:
    """What is compared with its nearest training picture, and three quantiles of the distance."""
    names = {
        "augmented": "training pictures, moved and resized afresh",
        "samples": "samples at scale 5",
        "styles": "a subject in one style, against its other five",
    }
    return [
        "| {} | {:.3f} | {:.3f} | {:.3f} |".format(name, *measured["copying"][key].values())
        for key, name in names.items()
    ]


def illusion_rows(measured: dict[str, Any]) -> list[str]:
    """Kind, first view, second view, both."""
    return [
        f"| {kind} | {row['first_view']:.0%} | {row['second_view']:.0%} "
        f"| {row['both']:.0%} ± {row['both_std_over_seeds']:.0%} |"
        for kind, row in measured["illusions"].items()
    ]


def cost_rows(measured: dict[str, Any]) -> list[str]:
    """Batch size, time of a call and of a guided step, time and memory of a sample, ours and in bare diffusers."""
    return [
        f"| {row['batch']} | {row['unet_call_ms']} ms | {row['guided_step_ms']} ms | {row['sample_ours_s']} s "
        f"| {row['sample_diffusers_s']} s | {row['peak_ours_mb']} MB | {row['peak_diffusers_mb']} MB |"
        for row in measured["cost"]["rows"]
    ]


TABLES = {
    "denoising": denoising_rows,
    "prompts": prompt_rows,
    "copying": copying_rows,
    "illusions": illusion_rows,
    "cost": cost_rows,
}
