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
