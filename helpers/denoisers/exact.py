"""The Bayes-optimal denoiser of a Gaussian mixture or of a set of pictures, in closed form."""

from collections.abc import Callable, Sequence

import torch

from helpers.denoisers.embeddings import NEUTRAL_PROMPTS
from helpers.denoisers.lookup import LookupTextEncoder, LookupTokenizer
from helpers.denoisers.world import DoorUNet, as_unet_output, read_call
from helpers.schedules import alphas_cumprod_of, squaredcos_betas

ROUNDING = 1e-12  # a variance below this is the difference of two equal squares
SMALLEST_VARIANCE = 1e-20  # where diffusers' DDPMScheduler clamps the lower bound before its logarithm


class GaussianMixture:
    """p(x_0) = sum_k weights[k] N(means[k], stds[k]^2 I), each component with its captions.

    means     (K, C, H, W), usually in [-1, 1]
    stds      (K,), 0 or more; 0 for a set of pictures. Default: all 0
    weights   (K,), more than 0, any scale. Default: all equal
    captions  K tuples of strings: the prompts under which a component can be drawn. Default: none
    Raises ValueError for shapes that do not belong together or values outside these ranges.
    """

    def __init__(
        self,
        means: torch.Tensor,
        stds: torch.Tensor | None = None,
        weights: torch.Tensor | None = None,
        captions: Sequence[Sequence[str]] | None = None,
    ):
        if means.ndim != 4 or not len(means) or not bool(means.isfinite().all()):
            raise ValueError(f"means is {tuple(means.shape)}; expected at least one picture (K, C, H, W), finite.")
        self.means, components = means, len(means)
        self.stds = _one_each("stds", stds, components, default=0.0, lowest=0.0)
        self.weights = _one_each("weights", weights, components, default=1.0, lowest=1e-300)
        self.captions = tuple(map(tuple, captions or [()] * components))
        if len(self.captions) != components:
            raise ValueError(
                f"captions has {len(self.captions)} entries; expected {components} tuples, one for each mean."
            )

    def prompts(self) -> list[str]:
        """Return every prompt the mixture answers to: the neutral ones, then its captions in order of appearance."""
        return list(dict.fromkeys([*NEUTRAL_PROMPTS, *(caption for own in self.captions for caption in own)]))

    def weights_of_prompts(self) -> torch.Tensor:
        """Return p(k | prompt) for every prompt: (number of prompts, K) float64, each row with sum 1."""
        has_caption = torch.tensor(
            [[prompt in NEUTRAL_PROMPTS or prompt in own for own in self.captions] for prompt in self.prompts()]
        )
        weights = has_caption * self.weights
        return weights / weights.sum(dim=1, keepdim=True)


def _one_each(name: str, values, components: int, default: float, lowest: float) -> torch.Tensor:
    """Return one float64 number for each component, checked."""
    values = torch.full((components,), default) if values is None else torch.as_tensor(values)
    values = values.to(torch.float64)
    if values.shape != (components,) or not bool((values.isfinite() & (values >= lowest)).all()):
        rule = "0 or more" if lowest == 0 else "more than 0"
        raise ValueError(f"{name} is {values.tolist()}; expected {components} finite numbers, each {rule}.")
    return values


def one_step_back(t: torch.Tensor) -> torch.Tensor:
    """Return t' = t - 1, the previous step of the full chain; -1 stands for the clean picture."""
    return t - 1


class ExactUNet(torch.nn.Module):
    """The best possible answer in the form of `UNet2DConditionModel`: six channels, in closed form.

    mixture            what x_0 is drawn from
    alphas_cumprod     (T,); default: the cosine schedule of DeepFloyd IF, T = 1000
    previous_timestep  t (B,) -> t' (B,), the step that the variance channels speak of; default t - 1

    Computes in float64 (float32 on devices without it) and answers in the dtype and on the device of x_t.
    """

    means: torch.Tensor
    norms: torch.Tensor
    variances: torch.Tensor
    weights_of_prompts: torch.Tensor
    alphas_cumprod: torch.Tensor

    def __init__(
        self,
        mixture: GaussianMixture,
        alphas_cumprod: torch.Tensor | None = None,
        previous_timestep: Callable[[torch.Tensor], torch.Tensor] = one_step_back,
    ):
        super().__init__()
        if alphas_cumprod is None:
            alphas_cumprod = alphas_cumprod_of(squaredcos_betas())
        self.shape = tuple(mixture.means.shape[1:])
        self.previous_timestep = previous_timestep
        self.register_buffer("means", mixture.means.detach().to(torch.float64).flatten(1))  # (K, C H W)
        self.register_buffer("norms", self.means.square().sum(1))  # (K,)
        self.register_buffer("variances", mixture.stds**2)  # (K,)
        self.register_buffer("weights_of_prompts", mixture.weights_of_prompts())  # (prompts, K)
        self.register_buffer("alphas_cumprod", alphas_cumprod.detach().to(torch.float64))  # (T,)

    def _apply(self, change, recurse: bool = True):
        """Move the numbers to another device, but never to a narrower dtype: `.half()` would ruin alphas_cumprod."""
        device = change(torch.empty(0)).device
        dtype = torch.float32 if device.type == "mps" else torch.float64
        return super()._apply(lambda tensor: tensor.to(device=device, dtype=dtype), recurse)

    @property
    def config(self):
        """The entries of a U-Net's configuration that a pipeline reads."""
        from diffusers.configuration_utils import FrozenDict

        channels, _, width = self.shape
        return FrozenDict(sample_size=width, in_channels=channels, out_channels=2 * channels)

    @property
    def dtype(self) -> torch.dtype:
        return torch.float32  # what the pipeline draws its noise in; the buffers are wider on purpose

    @property
    def device(self) -> torch.device:
        return self.means.device

    def forward(self, sample, timestep, encoder_hidden_states, *args, return_dict: bool = True, **options):
        """Answer a call like `UNet2DConditionModel.forward` does.

        sample                 (B, C, H, W), x_t
        timestep               a number, 0-d or (B,), 0 .. T - 1
        encoder_hidden_states  (B, L, prompts): how much of each prompt, 0 or more (averaged over L)

        Returns (B, 2C, H, W): eps_theta, then v in [-1, 1]. Raises ValueError for a call out of range.
        """
        x_t, t, prompt_embeds = read_call(sample, timestep, encoder_hidden_states, len(self.alphas_cumprod))
        if tuple(x_t.shape[1:]) != self.shape:
            raise ValueError(f"x_t is {tuple(x_t.shape)}; this denoiser knows pictures of {self.shape} only.")
        x_0_mean, x_0_variance = self.posterior(x_t, t, self.component_weights(prompt_embeds))
        alpha_bar_t = self._kept(t)
        eps = (x_t.to(x_0_mean) - alpha_bar_t.sqrt() * x_0_mean) / (1 - alpha_bar_t).sqrt()  # Ho et al. 2020, eq. 4
        answer = torch.cat([eps, self._variance_channels(t, x_0_variance)], dim=1)
        return as_unet_output(answer.to(dtype=x_t.dtype, device=x_t.device), return_dict)

    def component_weights(self, prompt_embeds: torch.Tensor) -> torch.Tensor:
        """Return p(k | embedding), (B, K): the prompts' weights mixed in the proportions of prompt_embeds (B, L, D)."""
        prompts = len(self.weights_of_prompts)
        if prompt_embeds.shape[-1] != prompts:
            raise ValueError(
                f"encoder_hidden_states has {prompt_embeds.shape[-1]} features; expected {prompts}, one for each "
                "prompt that this denoiser knows. Take them from embed_prompts(stage_1, prompts), same stage_1."
            )
        amounts = prompt_embeds.to(self.weights_of_prompts).mean(dim=1)
        totals = amounts.sum(dim=1, keepdim=True)
        if bool((amounts < 0).any()) or not bool((totals > 0).all()):
            raise ValueError("encoder_hidden_states has negative entries or only zeros; expected amounts of prompts.")
        return amounts / totals @ self.weights_of_prompts

    def posterior(self, x_t: torch.Tensor, t: torch.Tensor, weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return E[x_0 | x_t] and the variance of each pixel, both (B, C, H, W).

        With x_t = a x_0 + s eps (a^2 = alpha_bar_t, s^2 = 1 - a^2), component k gives x_t ~ N(a m_k, tau_k^2 I),
        tau_k^2 = a^2 std_k^2 + s^2, and x_0 | x_t, k ~ N(m_k s^2 / tau_k^2 + x_t a std_k^2 / tau_k^2,
        std_k^2 s^2 / tau_k^2) (Bishop 2006, eqs. 2.113-2.117); the components are mixed by Bayes' theorem (eq. 9.13).

        x_t (B, C, H, W); t (B,); weights (B, K), p(k) before x_t was seen
        """
        x = x_t.to(self.means).flatten(1)  # (B, D)
        kept = self._kept(t).reshape(-1, 1)  # a^2, (B, 1)
        seen = kept * self.variances + 1 - kept  # tau_k^2, (B, K)
        share = self._responsibilities(x, kept, seen, weights)  # p(k | x_t), (B, K)
        from_mean = (1 - kept) / seen  # (B, K)
        from_x = kept.sqrt() * self.variances / seen  # (B, K)

        mean = (share * from_mean) @ self.means + (share * from_x).sum(1, keepdim=True) * x
        # the law of total variance, its squares multiplied out so that no (B, K, D) tensor is needed
        within = (share * from_mean * self.variances).sum(1, keepdim=True)
        square = (share * from_mean**2) @ self.means**2 + (share * from_x**2).sum(1, keepdim=True) * x**2
        square = square + 2 * x * ((share * from_mean * from_x) @ self.means)
        between = square - mean**2
        variance = within + torch.where(between > ROUNDING, between, 0.0)
        return mean.reshape(x_t.shape), variance.reshape(x_t.shape)

    def _responsibilities(self, x, kept, seen, weights) -> torch.Tensor:
        """Return p(k | x_t), (B, K), by a softmax of logarithms, which neither under- nor overflows at any t."""
        distance = x.square().sum(1, keepdim=True) - 2 * kept.sqrt() * (x @ self.means.T) + kept * self.norms
        return torch.softmax(weights.log() - distance / (2 * seen) - x.shape[1] / 2 * seen.log(), dim=1)

    def _variance_channels(self, t: torch.Tensor, x_0_variance: torch.Tensor) -> torch.Tensor:
        """Return v of the learned range for the best variance of the step from t to t'.

        x_{t'} given x_0 and x_t has variance beta-tilde and a mean linear in x_0 (Ho et al. 2020, eqs. 6-7), from which
        the law of total variance makes the best diagonal one (Bao et al. 2022, arXiv:2206.07309):
        best = beta-tilde + (sqrt(alpha_bar') beta / (1 - alpha_bar))^2 Var[x_0 | x_t]
        log best = frac log beta + (1 - frac) log beta-tilde, frac = (v + 1) / 2  (Nichol and Dhariwal 2021, eq. 15)
        Where x_0 is in more doubt than that range allows, v is 1, its upper end.
        """
        alpha_bar_t, alpha_bar_prev = self._kept(t), self._kept(self.previous_timestep(t))
        beta_t = 1 - alpha_bar_t / alpha_bar_prev
        lower = ((1 - alpha_bar_prev) / (1 - alpha_bar_t) * beta_t).clamp(min=SMALLEST_VARIANCE)  # beta-tilde_t
        best = lower + alpha_bar_prev * (beta_t / (1 - alpha_bar_t)) ** 2 * x_0_variance
        fraction = (best / lower).log() / (beta_t / lower).log()
        return (2 * fraction - 1).clamp(-1, 1)

    def _kept(self, t: torch.Tensor) -> torch.Tensor:
        """Return alpha_bar_t as (B, 1, 1, 1), with alpha_bar = 1 for the clean picture, t = -1."""
        t = t.to(self.alphas_cumprod.device)
        kept = torch.where(t < 0, torch.ones_like(self.alphas_cumprod[:1]), self.alphas_cumprod[t.clamp(min=0)])
        return kept.reshape(-1, 1, 1, 1)


def exact_stage_1(mixture: GaussianMixture, device: torch.device | str | None = None):
    """Return a `diffusers.IFPipeline` whose U-Net is the exact denoiser of a mixture.

    mixture  pictures with their captions; "" and "a high quality photo" stand for all of them
    device   where it computes; default the CPU
    """
    from diffusers.pipelines.deepfloyd_if.pipeline_if import IFPipeline
    from diffusers.schedulers.scheduling_ddpm import DDPMScheduler

    scheduler = DDPMScheduler(
        num_train_timesteps=1000,
        beta_schedule="squaredcos_cap_v2",
        variance_type="learned_range",
        thresholding=True,
        dynamic_thresholding_ratio=0.95,
        sample_max_value=1.5,
    )
    unet = ExactUNet(mixture, scheduler.alphas_cumprod, _previous_timestep_of(scheduler))
    prompts = mixture.prompts()
    rows = {prompt: row for row, prompt in enumerate(prompts)}
    one_hot = torch.eye(len(prompts)).unsqueeze(1)  # (prompts, 1, prompts)
    # IFPipeline names the classes of its published parts, and takes whatever is called as they are
    stage_1 = IFPipeline(
        tokenizer=LookupTokenizer(rows, cure="Choose one of its own prompts."),  # pyright: ignore[reportArgumentType]
        text_encoder=LookupTextEncoder(one_hot),  # pyright: ignore[reportArgumentType]
        unet=DoorUNet(unet),  # pyright: ignore[reportArgumentType]
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        watermarker=None,
        requires_safety_checker=False,
    )
    return stage_1.to(device or "cpu")


def _previous_timestep_of(scheduler) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return t (B,) -> t' (B,): the next step that the scheduler keeps, and t - 1 where it does not keep t."""

    def previous_timestep(t: torch.Tensor) -> torch.Tensor:
        if not (scheduler.custom_timesteps or scheduler.num_inference_steps):
            return one_step_back(t)
        steps = scheduler.timesteps.tolist()
        next_kept = dict(zip(steps, [*steps[1:], -1], strict=True))
        return torch.tensor([next_kept.get(step, step - 1) for step in t.tolist()], device=t.device)

    return previous_timestep
