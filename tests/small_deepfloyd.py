"""A folder like DeepFloyd IF's with small random weights, for the tests: the same classes, files and configurations."""

import torch

WIDTH = 16  # of the small T5, where the real one has 4096


def small_unet(sample_size, in_channels, **options):
    """Return a U-Net built of DeepFloyd's blocks, 64 channels wide at most."""
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=sample_size,
        in_channels=in_channels,
        out_channels=6,
        layers_per_block=1,
        block_out_channels=(32, 64),
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        cross_attention_dim=32,
        encoder_hid_dim=WIDTH,
        encoder_hid_dim_type="text_proj",
        attention_head_dim=8,
        addition_embed_type="text",
        addition_embed_type_num_heads=2,
        cross_attention_norm="group_norm",
        resnet_time_scale_shift="scale_shift",
        act_fn="gelu",
        **options,
    )


def small_text_encoder():
    """Return a T5 encoder of two layers and a tokenizer of ten words."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast, T5Config, T5EncoderModel

    words = ["<pad>", "</s>", "<unk>", "a", "photo", "of", "dog", "pencil", "high", "quality"]
    tokenizer = Tokenizer(models.WordLevel({word: row for row, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>")
    config = T5Config(vocab_size=16, d_model=WIDTH, d_kv=8, d_ff=32, num_layers=2, num_heads=2)
    return fast, T5EncoderModel(config)


def small_safety_checker():
    """Return DeepFloyd's safety checker over a CLIP of one layer, with heads that object to nothing."""
    from diffusers.pipelines.deepfloyd_if import IFSafetyChecker, IFWatermarker
    from transformers import CLIPConfig, CLIPImageProcessor

    tower = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    text = {**tower, "vocab_size": 8, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 2}
    vision = {**tower, "image_size": 32, "patch_size": 16, "projection_dim": 8}
    checker = IFSafetyChecker(CLIPConfig(text_config=text, vision_config=vision, projection_dim=8))
    for head in (checker.p_head, checker.w_head):
        torch.nn.init.zeros_(head.weight)
        torch.nn.init.zeros_(head.bias)
    return {
        "safety_checker": checker,
        "feature_extractor": CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
        "watermarker": IFWatermarker(),
    }


def scheduler():
    from diffusers import DDPMScheduler

    return DDPMScheduler(beta_schedule="squaredcos_cap_v2", variance_type="learned_range", thresholding=True)


def save_small_if(path) -> None:
    """Write a folder like DeepFloyd/IF-I-L-v1.0: the same files, small random weights."""
    from diffusers import IFPipeline

    from helpers.denoisers.pocket import quiet_libraries

    torch.manual_seed(0)
    tokenizer, text_encoder = small_text_encoder()
    with quiet_libraries():
        pipeline = IFPipeline(tokenizer, text_encoder, small_unet(64, 3), scheduler(), **small_safety_checker())
        pipeline.to(torch.float16).save_pretrained(path, variant="fp16")
