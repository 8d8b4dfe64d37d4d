# %% right="plain"
def generate(prompt, num_inference_steps, seed):
    return stage_1(
        prompt_embeds=prompt_embeds_dict[prompt],
        negative_prompt_embeds=prompt_embeds_dict[""],
        num_inference_steps=num_inference_steps,
        generator=generator(seed),
        output_type="pt",
    ).images

# %% right="cuda_half"
def generate(prompt, num_inference_steps, seed):
    source = torch.Generator(device="cuda").manual_seed(seed)
    return stage_1(
        prompt_embeds=prompt_embeds_dict[prompt].half().cuda(),
        negative_prompt_embeds=prompt_embeds_dict[""].half().cuda(),
        num_inference_steps=num_inference_steps,
        generator=source,
        output_type="pt",
    ).images

# %% right="global_seed"
def generate(prompt, num_inference_steps, seed):
    torch.manual_seed(seed)
    return stage_1(
        prompt_embeds=prompt_embeds_dict[prompt],
        negative_prompt_embeds=prompt_embeds_dict[""],
        num_inference_steps=num_inference_steps,
        generator=None,
        output_type="pt",
    ).images

# %% right="own_start"
import functools


@functools.lru_cache
def draw(prompt, num_inference_steps, seed):
    source = generator(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        result = stage_1(
            prompt_embeds=prompt_embeds_dict[prompt],
            negative_prompt_embeds=prompt_embeds_dict[""],
            num_inference_steps=num_inference_steps,
            generator=source,
            output_type="pt",
            return_dict=False,
        )
    return result[0]


def generate(prompt, num_inference_steps, seed):
    draw.cache_clear()
    return draw(prompt, num_inference_steps, seed)

# %% right="prompt_text"
def generate(prompt, num_inference_steps, seed):
    images = stage_1(
        prompt, num_inference_steps=num_inference_steps, generator=[generator(seed)], output_type="pt"
    ).images
    return images.cpu().numpy()

# %% right="torch_generator"
def generate(prompt, num_inference_steps, seed):
    return stage_1(
        prompt_embeds=prompt_embeds_dict[prompt],
        negative_prompt_embeds=prompt_embeds_dict[""],
        num_inference_steps=num_inference_steps,
        generator=torch.Generator().manual_seed(seed),
        output_type="pt",
    ).images

# %% wrong="generator_not_renewed" of="plain"
# + source = generator(5)
# +
# +
#   def generate(prompt, num_inference_steps, seed):

# -         generator=generator(seed),
# +         generator=source,

# %% wrong="null_prompt_missing" of="plain"
# -         negative_prompt_embeds=prompt_embeds_dict[""],
# +         negative_prompt_embeds=0 * prompt_embeds_dict[prompt],

# %% wrong="prompt_ignored" of="plain"
# -         prompt_embeds=prompt_embeds_dict[prompt],
# +         prompt_embeds=prompt_embeds_dict["a rocket ship"],

# %% wrong="prompts_swapped" of="plain"
# -         prompt_embeds=prompt_embeds_dict[prompt],
# -         negative_prompt_embeds=prompt_embeds_dict[""],
# +         prompt_embeds=prompt_embeds_dict[""],
# +         negative_prompt_embeds=prompt_embeds_dict[prompt],

# %% wrong="seed_ignored" of="global_seed"
# -     torch.manual_seed(seed)

# %% wrong="seed_ignored__constant" of="plain"
# -         generator=generator(seed),
# +         generator=generator(0),

# %% wrong="seed_ignored__cuda_only" of="global_seed"
# -     torch.manual_seed(seed)
# +     torch.cuda.manual_seed(seed)

# %% wrong="steps_ignored" of="plain"
# -         num_inference_steps=num_inference_steps,
# +         num_inference_steps=20,
