"""The parts of the pocket model as diffusers and transformers know them, built from a configuration."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import DDPMScheduler, IFPipeline, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from diffusers.models.resnet import ResnetBlock2D
from transformers import T5Config, T5EncoderModel, T5Tokenizer


def build_scheduler() -> DDPMScheduler:
    """The scheduler of DeepFloyd IF stage I, setting by setting."""
    return DDPMScheduler(
        num_train_timesteps=1000,
        beta_schedule="squaredcos_cap_v2",
        prediction_type="epsilon",
        variance_type="learned_range",
        thresholding=True,
        dynamic_thresholding_ratio=0.95,
        sample_max_value=1.5,
    )


def build_unet(image_size: int, text_dim: int, unet: dict[str, Any]) -> UNet2DConditionModel:
    """A lean U-Net with six output channels (noise, variance) that attends to text on the marked levels."""
    channels, attends = unet["block_out_channels"], unet["cross_attention"]
    model = UNet2DConditionModel(
        sample_size=image_size,
        in_channels=3,
        out_channels=6,
        layers_per_block=unet["layers_per_block"],
        block_out_channels=tuple(channels),
        down_block_types=tuple("CrossAttnDownBlock2D" if a else "DownBlock2D" for a in attends),
        up_block_types=tuple("CrossAttnUpBlock2D" if a else "UpBlock2D" for a in reversed(attends)),
        cross_attention_dim=text_dim,
        attention_head_dim=unet["attention_heads"],  # diffusers reads this as the number of heads
        norm_num_groups=unet["norm_groups"],
        resnet_time_scale_shift="scale_shift",
        addition_embed_type="text",  # the pooled text is added to the time embedding, as in DeepFloyd IF
        addition_embed_type_num_heads=unet["attention_heads"],
    )
    model.set_attn_processor(AttnProcessor())  # plain products: on a CPU torch's fused attention trains 20 % slower
    start_from_identity(model)
    return model


@torch.no_grad()
def start_from_identity(unet: UNet2DConditionModel) -> None:
    """Set a new U-Net's weights so that it answers x_t (divided by its std) as noise and 0 as variance.

    Where x_t is almost all noise this is the best answer but for a small correction, and the correction is what decides
    the composition of a sample. Group normalisation takes the mean of a picture away, so a net that has to learn to
    copy its input is long in doing so. Here +x_t and -x_t travel side by side (their mean is 0) through the skip
    connection of the first convolution, and silu(y) - silu(-y) = y puts them together at the end.
    """
    for module in unet.modules():
        if isinstance(module, ResnetBlock2D):
            _zero(module.conv2)  # each block starts as its shortcut
    first, last = unet.conv_in, unet.up_blocks[-1].resnets[-1].conv_shortcut
    _zero(unet.conv_out)
    skip = last.in_channels - first.out_channels  # where the output of conv_in stands in the last block's input
    for i, colour in enumerate((0, 0, 1, 1, 2, 2, 2, 2)):
        sign = 1 - 2 * (i % 2)
        first.weight[i], first.bias[i] = 0, 0
        first.weight[i, colour, 1, 1] = sign
        last.weight[i], last.bias[i] = 0, 0
        last.weight[i, skip + i] = 1
        unet.conv_out.weight[colour, i, 1, 1] = sign / (2 if colour == 2 else 1)  # blue travels twice


def _zero(module: torch.nn.Conv2d) -> None:
    module.weight.zero_()
    module.bias.zero_()


def build_text_encoder(vocabulary_size: int, text: dict[str, Any]) -> T5EncoderModel:
    """A small T5 encoder without dropout: a training step then depends on nothing but its own random source."""
    return T5EncoderModel(
        T5Config(
            vocab_size=vocabulary_size,
            d_model=text["d_model"],
            d_ff=text["d_ff"],
            d_kv=text["d_kv"],
            num_layers=text["num_layers"],
            num_heads=text["num_heads"],
            dropout_rate=0.0,
            feed_forward_proj="gated-gelu",
            is_encoder_decoder=False,
            use_cache=False,
        )
    )


class TextToImage(torch.nn.Module):
    """Text encoder and U-Net as one module, so that accelerate prepares them together."""

    def __init__(self, text_encoder: T5EncoderModel, unet: UNet2DConditionModel) -> None:
        super().__init__()
        self.text_encoder, self.unet = text_encoder, unet

    def forward(self, x_t: torch.Tensor, t: torch.Tensor, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Noise and variance (B, 6, H, W) for x_t (B, 3, H, W), t (B,), token ids and their mask (B, L)."""
        prompt_embeds = self.text_encoder(ids, attention_mask=mask)[0]  # (B, L, D), as IFPipeline.encode_prompt
        return self.unet(x_t, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]


def build_pipeline(model: TextToImage, tokenizer: T5Tokenizer) -> IFPipeline:
    """A genuine IFPipeline around the trained parts, without safety checker and watermark."""
    pipeline = IFPipeline(
        tokenizer=tokenizer,
        text_encoder=model.text_encoder,
        unet=model.unet,
        scheduler=build_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        watermarker=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline
