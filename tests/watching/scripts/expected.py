"""What is wrong with each script: written before the program that finds it.

`causes` are names of the true cause, any of which may come first; `line` is a text that the line to be named holds.
Planar: the learning rate makes the logarithm of zero; either comes first, and both are reported.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """A script, its true causes, and what the line that is shown or changed holds."""

    script: str
    causes: tuple[str, ...]
    line: str


BROKEN = (
    Case("planar_flower", ("learning_rate_too_high", "log_of_zero"), "learning_rate=1.2"),
    Case("x_plus_one", ("unscaled_inputs", "unscaled_targets", "weight_decay_not_in_loss"), "X ="),
    Case("sigmoid_xor", ("learning_rate_too_low", "poor_init_scale", "too_few_steps"), "net.fit"),
    Case("zero_bias_input", ("first_bias_input_zero",), "add_bias(Z_vals[k]"),
    Case("softmax_batches", ("unscaled_inputs", "exp_overflow", "learning_rate_too_high"), "X ="),
    Case("wrong_slope", ("derivative_at_activation",), "dz1 ="),
    Case("zeros_start", ("symmetric_units",), "W1 = np.zeros"),
    Case("sigmoid_regression", ("output_cannot_reach_targets",), "price ="),
    Case("big_start", ("poor_init_scale", "saturated_units"), "* scale"),
    Case("raw_features", ("unscaled_inputs",), "X ="),
)

# Written later, before the program was run on them.
SECOND = (
    Case("second/b1_class_lr", ("learning_rate_too_high",), "lr=0.9"),
    Case("second/b2_gradient_sign", ("sign_flipped",), "dZ2 ="),
    Case("second/b3_ones_start", ("symmetric_units",), "np.ones"),
    Case("second/b4_softmax_overflow", ("exp_overflow", "poor_init_scale"), "* 400"),
    Case("second/b5_slow", ("learning_rate_too_low", "too_few_steps"), "learning_rate ="),
    Case("second/b6_pixels", ("unscaled_inputs",), "images ="),
    Case("second/b7_sum_gradient", ("summed_gradient",), "grad = 2"),
    Case("second/b8_perceptrons", ("missing_activation_derivative", "wrong_gradient"), "d_hidden ="),
)

HEALTHY = (
    "second/h1_raw_ok",
    "second/h2_noisy_sgd",
    "second/h3_relu_deep",
    "second/h4_naive_sigmoid",
    "healthy_xor",
    "healthy_adam",
    "healthy_batches",
    "healthy_linear",
    "healthy_samples",
    "healthy_functions",
    "third/h1_momentum_batches",
    "third/h2_per_sample",
    "third/h3_relu_he",
    "third/h4_logistic_raw",
    "third/h5_adam_circle",
    "third/h6_decaying_rate",
    "fifth/g2_moons",
    "fifth/g6_guarded_logistic",
    "fifth/g8_recurrent_steady",
)

# A third set, as blind: deep nets, sums over a batch, integers, labels of -1.
THIRD = (
    Case("third/c1_batch_sums", ("summed_gradient",), "dz2 = p - tb"),
    Case("third/c2_deep_sigmoid", ("vanishing_gradient",), "1.0 / (1.0 + np.exp("),
    Case("third/c3_deep_relu_explodes", ("poor_init_scale", "exploding_gradient"), "np.random.randn(sizes[l - 1], sizes[l])"),
    Case("third/c4_labels_minus_one", ("wrong_loss_for_targets",), "Y = np.where"),
    Case("third/c5_twelve_epochs", ("too_few_steps",), "epochs = 12"),
    Case("third/c6_negative_weights", ("dead_units", "poor_init_scale"), "np.random.uniform(-1, 0"),
    Case("third/c7_log_per_sample", ("log_of_zero", "learning_rate_too_high", "unscaled_inputs"), "np.log(p)"),
    Case("third/c8_gray_values", ("unscaled_inputs", "exp_overflow"), "images"),
    Case("third/c9_integer_weights", ("integer_overflow",), "weights = np.array"),
    Case("third/c10_plus_for_minus", ("sign_flipped",), "2 * (y_true - y_pred)"),
)

# A fourth set, as blind, after the program that met the third.
FOURTH = (
    Case("fourth/e1_rate_in_dict", ("learning_rate_too_high",), '"lr": 2.5'),
    Case("fourth/e2_all_zero_weights", ("symmetric_units",), "np.zeros((layer_dims[l], layer_dims[l - 1]))"),
    Case("fourth/e3_forgot_relu_mask", ("missing_activation_derivative",), "d1 = d @ self.W2.T"),
    Case("fourth/e4_house_prices", ("unscaled_inputs", "unscaled_targets"), "X = "),
    Case("fourth/e5_few_epochs_sgd", ("too_few_steps", "learning_rate_too_low"), "n_epochs = 8"),
    Case("fourth/e6_summed_mse", ("summed_gradient",), "2 * X.T @ err"),
    Case("fourth/e7_tanh_big_weights", ("poor_init_scale", "saturated_units"), "rng.normal(0, 5.0, (a, b))"),
    Case("fourth/e8_exp_loss", ("exp_overflow", "learning_rate_too_high", "unscaled_inputs"), "np.exp(eta)"),
)

# A fifth set, as blind, after the program that met the fourth.
FIFTH = (
    Case("fifth/f1_rate_of_a_line", ("learning_rate_too_high",), "lr = 1.1"),
    Case("fifth/f2_dead_from_biases", ("dead_units",), "- 15"),
    Case("fifth/f3_zeros_softmax", ("symmetric_units",), "np.zeros((64, 30))"),
    Case("fifth/f4_areas_and_ages", ("unscaled_inputs",), "X = "),
    Case("fifth/f5_not_transposed", ("weights_not_transposed",), "d1 = d2 @"),
    Case("fifth/f6_separated_classes", ("log_of_zero",), "np.log(h)"),
    Case("fifth/f7_scores_up_to_80", ("output_cannot_reach_targets",), "score"),
    Case("fifth/f8_recurrent_explodes", ("exploding_gradient", "poor_init_scale"), "Wh = np.eye(H) * 1.8"),
    Case("fifth/f9_sixty_epochs", ("too_few_steps",), "EPOCHS = 60"),
    Case("fifth/f10_minus_one", ("wrong_loss_for_targets", "output_cannot_reach_targets"), "Y = np.where"),
    Case("fifth/f11_six_sigmoids", ("vanishing_gradient",), "1 / (1 + np.exp(-z))"),
    Case("fifth/f12_hundred_times", ("saturated_units", "poor_init_scale"), "np.random.randn(4, h) * 100"),
)
