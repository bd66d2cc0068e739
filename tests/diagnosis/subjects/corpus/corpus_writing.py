"""Writing a network out, statement by statement, as a person with the habits of a style would, mistakes included."""

from __future__ import annotations

from corpus_styles import Net, Style

FUNCTIONS = {
    "sigmoid": ("1.0 / (1.0 + np.exp(-z))", "sigmoid(z) * (1.0 - sigmoid(z))", "{a} * (1 - {a})"),
    "tanh": ("np.tanh(z)", "1.0 - np.tanh(z) ** 2", "(1 - {a} ** 2)"),
    "relu": ("np.maximum(0, z)", "(z > 0).astype(float)", "({a} > 0)"),
    "leaky_relu": ("np.where(z > 0, z, 0.01 * z)", "np.where(z > 0, 1.0, 0.01)", "np.where({a} > 0, 1.0, 0.01)"),
    "softplus": ("np.log1p(np.exp(z))", "1.0 / (1.0 + np.exp(-z))", "(1 - np.exp(-{a}))"),
    "identity": ("z", "np.ones_like(z)", "1.0"),
}
DERIVATIVES = {**{name: one[1] for name, one in FUNCTIONS.items()}, "sigmoid": "1.0 / (2.0 + np.exp(z) + np.exp(-z))"}


class Writer:
    """Text of net.py for a network in a style."""

    def __init__(self, net: Net, style: Style, seed: int = 0) -> None:
        self.net, self.style, self.seed = net, style, seed
        self.layers = range(1, net.depth + 1)
        self.has = net.has

    # how arrays are read

    def W(self, layer: int) -> str:
        return self._stored("W", layer)

    def b(self, layer: int) -> str:
        return self._stored("b", layer)

    def _stored(self, letter: str, layer: int) -> str:
        match self.style.store:
            case "dict":
                return f'self.params["{letter}{layer}"]'
            case "lists":
                return f"self.{'weights' if letter == 'W' else 'biases'}[{layer - 1}]"
        return f"self.{letter}{layer}"

    def Z(self, layer: int) -> str:
        return f"self.Z{layer}"

    def A(self, layer: int) -> str:
        return "X" if layer == 0 else f"self.A{layer}"

    @property
    def inside(self) -> bool:
        return self.style.bias != "apart"

    @property
    def n(self) -> str:
        return f"X.shape[{0 if self.style.rows else 1}]"

    def mm(self, left: str, right: str) -> str:
        return f"np.dot({left}, {right})" if self.style.dot else f"{left} @ {right}"

    def augmented(self, array: str, what: str = "ones") -> str:
        side = f"np.{what}((1, {array}.shape[1]))" if not self.style.rows else f"np.{what}(({array}.shape[0], 1))"
        side = side if what != "minus" else f"-{side.replace('minus', 'ones')}"
        parts = f"{side}, {array}" if self.style.bias == "first" else f"{array}, {side}"
        return f"np.{'hstack' if self.style.rows else 'vstack'}([{parts}])"

    def linear(self, layer: int, a: str) -> str:
        missing, flipped = self.has("bias_missing", layer), self.has("bias_sign_flipped", layer)
        flipped = flipped and self.net.value("bias_sign_flipped") != "gradient"
        w = self.W(layer)
        if self.inside:
            a = self.augmented(a, "zeros" if missing else "minus" if flipped else "ones")
        product = self._product(a, w)
        if self.inside or missing:
            return product
        sign = "-" if flipped or "minus_bias" in self.net.extras else "+"
        return f"{product} {sign} {self.b(layer)}"

    def _product(self, a: str, w: str) -> str:
        match self.style.rows, self.style.fan_in_first:
            case True, True:
                return self.mm(a, w)
            case True, False:
                return self.mm(a, f"{w}.T")
            case False, False:
                return self.mm(w, a)
        return self.mm(f"{w}.T", a)

    def weights_alone(self, w: str, bias: str) -> str:
        if not self.inside:
            return w
        part = "1:" if bias == "first" else ":-1"
        return f"{w}[{part}]" if self.style.fan_in_first else f"{w}[:, {part}]"

    def back(self, layer: int, d: str) -> str:
        """dLoss/dA of the layer below `layer`."""
        below = layer - 1
        w = self.W(layer)
        if self.has("delta_uses_weight_gradient", below):
            w = f"dW{layer}"
        if self.has("delta_uses_neighbour_weights", below):
            w = self.W(below)
        bias = self.style.bias
        if self.has("bias_leaks_into_delta", below):
            bias = "last" if bias == "first" else "first"
        w = self.weights_alone(w, bias)
        turned = not self.has("weights_not_transposed", below)
        match self.style.rows, self.style.fan_in_first:
            case True, True:
                return self.mm(d, f"{w}.T" if turned else w)
            case True, False:
                return self.mm(d, w if turned else f"{w}.T")
            case False, False:
                return self.mm(f"{w}.T" if turned else w, d)
        return self.mm(w if turned else f"{w}.T", d)

    def weight_gradient(self, d: str, a: str) -> str:
        match self.style.rows, self.style.fan_in_first:
            case True, True:
                return self.mm(f"{a}.T", d)
            case True, False:
                return self.mm(f"{d}.T", a)
            case False, False:
                return self.mm(d, f"{a}.T")
        return self.mm(a, f"{d}.T")

    def bias_gradient(self, layer: int, d: str) -> str:
        if self.has("bias_gradient_wrong_axis", layer):
            return f"np.sum({d})"
        if not self.style.rows:
            return f"np.sum({d}, axis=1, keepdims=True)"
        return f"np.sum({d}, axis=0{'' if self.style.flat_bias else ', keepdims=True'})"

    # the parts of the class

    def source(self) -> str:
        """The whole file."""
        body = [
            "import numpy as np",
            "",
            *self._data(),
            "",
            "",
            *self._functions(),
            "class Net:",
            *self._constructor(),
            *self._forward(),
            *self._loss(),
            *self._gradients(),
            *self._predict(),
        ]
        return "\n".join(body) + "\n"

    def _data(self) -> list[str]:
        net, k = self.net, self.net.sizes[-1]
        lines = [f"rng = np.random.RandomState({self.seed + 1})", f"X = rng.randn({net.samples}, {net.sizes[0]})"]
        labels = f"rng.randint(0, {max(k, 2)}, {net.samples})"
        if net.loss == "cce":
            lines.append(f"Y = np.append({labels}[1:], {k - 1})")  # every class has to be known
            lines += [] if net.targets == "labels" else [f"Y = np.eye({k})[Y]"]
        elif net.loss == "bce" or net.activations[-1] in ("sigmoid", "softmax"):
            lines.append(f"Y = rng.randint(0, 2, ({net.samples}, {k})).astype(float)")
        else:
            lines.append(f"Y = rng.randn({net.samples}, {k})")
        if not self.style.rows:
            lines.append("X, Y = X.T, Y.T")
        if net.targets == "flat":
            lines.append("Y = Y.ravel()")
        return lines

    def _functions(self) -> list[str]:
        lines: list[str] = []
        wanted = dict.fromkeys(self.net.activations)
        prime = self.style.prime
        for name in [*wanted, *(one for one in self._others() if one not in wanted)]:
            if name == "softmax":
                axis = 1 if self.style.rows else 0
                axis = 1 - axis if self.has("softmax_over_batch") else axis
                lines += [
                    "def softmax(z):",
                    f"    e = np.exp(z - np.max(z, axis={axis}, keepdims=True))",
                    f"    return e / np.sum(e, axis={axis}, keepdims=True)",
                    "",
                    "",
                ]
                continue
            forward, derivative, _ = FUNCTIONS[name]
            if name == "relu" and "kink_one" in self.net.extras:
                derivative = "(z >= 0).astype(float)"
            lines += [f"def {name}(z):", f"    return {forward}", "", ""]
            lines += [f"def {prime.format(name)}(z):", f"    return {derivative}", "", ""]
        return lines

    def _others(self) -> list[str]:
        names = [one[2] for one in self.net.faults if one[0] == "wrong_activation_derivative" and one[2]]
        return [*names, *(["leaky_relu", "relu"] if self.has_any("leaky_slope_mismatch") else [])]

    def has_any(self, name: str) -> bool:
        return any(one[0] == name for one in self.net.faults)

    def _shape(self, layer: int) -> str:
        i, o = self.net.sizes[layer - 1], self.net.sizes[layer]
        i += self.inside
        return f"{i}, {o}" if self.style.fan_in_first else f"{o}, {i}"

    def _constructor(self) -> list[str]:
        lines = ["    def __init__(self):", f"        r = np.random.RandomState({self.seed})"]
        store = self.style.store
        if store == "dict":
            lines.append("        self.params = {}")
        if store == "lists":
            lines.append("        self.weights = []")
            lines += [] if self.inside else ["        self.biases = []"]
        o_shape = {True: "{0}" if self.style.flat_bias else "1, {0}", False: "{0}, 1"}[self.style.rows]
        for layer in self.layers:
            made = f"r.randn({self._shape(layer)}) * 0.7"
            bias = f"r.randn({o_shape.format(self.net.sizes[layer])}) * 0.1"
            if "float32" in self.net.extras:
                made, bias = f"({made}).astype(np.float32)", f"({bias}).astype(np.float32)"
            if "kink" in self.net.extras and layer == 1:
                bias = f"(1e-8 - X[0] @ {self.W(1)})" + (".reshape(1, -1)" if not self.style.flat_bias else "")
            if store == "lists":
                lines.append(f"        self.weights.append({made})")
                lines += [] if self.inside else [f"        self.biases.append({bias})"]
            else:
                lines.append(f"        {self.W(layer)} = {made}")
                lines += [] if self.inside else [f"        {self.b(layer)} = {bias}"]
        if self.net.decay:
            lines.append(f"        self.lam = {self.net.decay}")
        if self.has_any("gradient_not_reset"):
            lines += [f"        self.sum_{name} = 0" for name in self._gradient_names()]
        if self.style.says_parameters:
            arrays = ", ".join(self._all_parameters())
            lines += ["", "    @property", "    def parameters(self):", f"        return [{arrays}]"]
        return lines

    def _all_parameters(self) -> list[str]:
        return [name for layer in self.layers for name in (self.W(layer), *([] if self.inside else [self.b(layer)]))]

    def _gradient_names(self) -> list[str]:
        return [name for layer in self.layers for name in (f"dW{layer}", *([] if self.inside else [f"db{layer}"]))]

    def _forward(self) -> list[str]:
        lines = ["", f"    def {self.style.forward}(self, X):"]
        if "float32" in self.net.extras:
            lines.append("        X = X.astype(np.float32)")
        source = "X"
        if self.has("output_ignores_input"):
            lines.append(
                "        x0 = "
                + ("np.repeat(X[:1], len(X), axis=0)" if self.style.rows else "X[:, :1] * np.ones((1, X.shape[1]))")
            )
            source = "x0"
        for layer in self.layers:
            name = self.net.activations[layer - 1]
            lines.append(f"        {self.Z(layer)} = {self.linear(layer, source)}")
            if self.has("relu_without_effect", layer) and name in ("relu", "leaky_relu"):
                lines += [
                    f"        for z in {self.Z(layer)}:",
                    "            z = np.maximum(z, 0)",
                    f"        {self.A(layer)} = {self.Z(layer)}",
                ]
            elif self.has("sigmoid_twice", layer):
                lines.append(f"        {self.A(layer)} = {name}({name}({self.Z(layer)}))")
            elif name == "identity":
                lines.append(f"        {self.A(layer)} = {self.Z(layer)}")
            else:
                lines.append(f"        {self.A(layer)} = {name}({self.Z(layer)})")
            source = self.Z(layer) if self.has("output_reads_preactivation", layer) else self.A(layer)
        lines += ["        self.X = X"] if self.has_any("stale_cache") else []
        return [*lines, f"        return {self.A(self.net.depth)}"]

    def _two_dimensional(self) -> list[str]:
        if self.net.targets == "flat":
            return ["        Y = Y.reshape(-1, 1)" if self.style.rows else "        Y = Y.reshape(1, -1)"]
        if self.net.targets == "labels":
            eye = f"np.eye({self.net.sizes[-1]})[Y.astype(int).ravel()]"
            return [f"        Y = {eye}" if self.style.rows else f"        Y = {eye}.T"]
        return []

    def _loss(self) -> list[str]:
        net = self.net
        loss = "bce" if self.has("bce_on_softmax") else net.loss
        eps = " + 1e-8" if "epsilon" in net.extras else ""
        log = lambda p: f"np.log(np.clip({p}, 1e-12, 1.0))" if "clip" in net.extras else f"np.log({p}{eps})"  # noqa: E731
        y = "Y"
        if self.has("target_broadcast"):
            y = "Y.ravel()" if self.style.rows else "Y.reshape(-1, 1)"
        terms = {
            "bce": f"-({y} * {log('out')} + (1 - {y}) * {log('1 - out')})",
            "cce": f"-{y} * {log('out')}",
            "mse": f"(out - {y}) ** 2",
            "half": f"0.5 * (out - {y}) ** 2",
        }[loss]
        if self.has("loss_cross_terms"):

            def crossed(a: str, b: str) -> str:
                return self.mm(f"{a}.T", b) if self.net.value("loss_cross_terms") == "first" else self.mm(a, f"{b}.T")

            terms = f"-({crossed('Y', log('out'))})"
            if loss == "bce":
                terms = f"-({crossed('Y', log('out'))} + {crossed('(1 - Y)', log('1 - out'))})"
        mean = net.mean
        if self.has("gradient_averaged_loss_summed"):
            mean = "sum"
        if self.has("output_reduction_mismatch"):
            mean = {"all": "n", "n": "all"}[mean]
        text = {"n": f"np.sum({terms}) / {self.n}", "all": f"np.mean({terms})", "sum": f"np.sum({terms})"}[mean]
        if self.has("target_broadcast") and mean != "sum":
            text = f"np.mean({terms})"
        if self.has("loss_cross_terms") and mean != "sum":
            text = f"np.sum({terms}) / {self.n}"
        lines = ["", f"    def {self.style.loss}(self, X, Y):", *self._two_dimensional()]
        lines += [f"        out = self.{self.style.forward}(X)", f"        value = {text}"]
        if net.decay and not self.has("weight_decay_not_in_loss"):
            squares = " + ".join(
                f"np.sum({self.weights_alone(self.W(one), self.style.bias)} ** 2)" for one in self.layers
            )
            lines.append(f"        value += 0.5 * self.lam * ({squares})")
        if times := net.extras.get("times"):
            lines.append(f"        value *= {times}")
        return [*lines, "        return value"]

    def _slope(self, layer: int) -> str | None:
        """The text of f' at a layer, as it is written."""
        name = self.net.activations[layer - 1]
        z, a = self.Z(layer), self.A(layer)
        prime = self.style.prime
        _, _, of_a = FUNCTIONS[name]
        if self.has("missing_activation_derivative", layer) or name == "identity":
            return None
        if self.has("derivative_at_activation", layer):
            return f"{prime.format(name)}({a})"
        if self.has("derivative_formula_on_preactivation", layer):
            return of_a.format(a=z)
        if self.has("derivative_returns_input", layer):
            return z
        if self.has("wrong_activation_derivative", layer):
            return f"{prime.format(self.net.value('wrong_activation_derivative'))}({z})"
        if self.has("derivative_of_other_layer", layer):
            return f"{prime.format(name)}({self.Z(layer - 1 if layer > 1 else layer + 1)})"
        if self.has("leaky_slope_mismatch", layer):
            return f"{prime.format({'relu': 'leaky_relu', 'leaky_relu': 'relu'}[name])}({z})"
        odd = (
            self.has("sigmoid_twice", layer) or self.has("relu_without_effect", layer) or "kink_one" in self.net.extras
        )
        if self.style.of_output and not odd:
            return of_a.format(a=a)
        return f"{prime.format(name)}({z})"

    def _output_delta(self) -> list[str]:
        net, depth = self.net, self.net.depth
        a, d = self.A(depth), f"D{depth}"
        output = net.activations[-1]
        times = {"mse": "2 * ", "half": ""}.get(net.loss, "")
        if self.has("factor_two"):
            times = {"mse": "", "half": "2 * "}.get(net.loss, "2 * ")
        difference = f"{times}({a} - Y)"
        if self.has("softmax_derivative_elementwise"):
            rise = f"-Y / {a}" if net.loss == "cce" else difference
            return [f"        {d} = {rise} * {a} * (1 - {a})"]
        squared = net.loss in ("mse", "half")
        if squared and output == "softmax":
            axis = 1 if self.style.rows else 0
            if self.has("gradient_of_another_loss"):
                return [f"        {d} = {difference}"]
            return [
                f"        dA = {difference}",
                f"        {d} = {a} * (dA - np.sum(dA * {a}, axis={axis}, keepdims=True))",
            ]
        altered = (
            "missing_activation_derivative", "derivative_at_activation", "derivative_formula_on_preactivation",
            "derivative_returns_input", "wrong_activation_derivative",
        )  # fmt: skip
        if not squared:
            if net.loss == "bce" and output == "sigmoid":
                rise = f"({a} - Y) / ({a} * (1 - {a}))"
                if any(self.has(one, depth) for one in altered):
                    slope = self._slope(depth)
                    return [f"        {d} = {rise}" + (f" * {slope}" if slope else "")]
                if self.has("gradient_of_another_loss"):
                    return [f"        {d} = ({a} - Y) * {a} * (1 - {a})"]
            return [f"        {d} = {times}({a} - Y)"]
        slope = None if self.has("gradient_of_another_loss") else self._slope(depth)
        return [f"        {d} = {difference}" + (f" * {slope}" if slope else "")]

    def _divisor(self) -> str:
        """What the gradient is divided by."""
        net = self.net
        k = net.sizes[-1]
        mean = {"n": [self.n], "all": [self.n, str(k)], "sum": []}[net.mean]
        if self.has("gradient_not_averaged"):
            mean = mean[1:]
        if self.has("gradient_averaged_loss_summed") or self.has("gradient_averaged_twice"):
            mean = [self.n, *mean] if self.has("gradient_averaged_twice") else mean
        if self.has("batch_size_assumed"):
            wrong = net.value("batch_size_assumed") or "32"
            mean = [f"X.shape[{1 if self.style.rows else 0}]" if wrong == "features" else wrong]
        return "".join(f" / {one}" for one in mean)

    def _gradients(self) -> list[str]:
        net, depth, updates = self.net, self.net.depth, self.style.hands == "update"
        lines = [
            "",
            f"    def {self.style.gradients}(self, X, Y{', lr' if updates else ''}):",
            *self._two_dimensional(),
        ]
        if not self.has_any("stale_cache"):
            lines.append(f"        self.{self.style.forward}(X)")
        else:
            lines += [
                '        if not hasattr(self, "X"):',
                f"            self.{self.style.forward}(X)",
                "        X = self.X",
            ]
        lines += self._output_delta()
        divisor, in_delta = self._divisor(), self.style.scale_at == "delta"
        if times := net.extras.get("times"):
            lines.append(f"        D{depth} = D{depth} * {times}")
        if in_delta and divisor:
            lines.append(f"        D{depth} = D{depth}{divisor}")
        early = [one for one in self.layers if self.has("weights_updated_before_backprop", one - 1) and one > 1]
        for layer in reversed(self.layers):
            lines += self._arrays_of(layer, "" if in_delta else divisor)
            if layer in early:
                rate = "lr" if updates else "0.1"
                lines.append(f"        {self.W(layer)} -= {rate} * dW{layer}")
            if layer == 1:
                break
            dA, slope = self.back(layer, f"D{layer}"), self._slope(layer - 1)
            if self.has("matmul_for_elementwise", layer - 1):
                lines.append(f"        D{layer - 1} = ({dA}) @ ({slope})")
            else:
                lines.append(f"        D{layer - 1} = " + (f"({dA}) * {slope}" if slope else dA))
        return [*lines, *self._handed_over(early)]

    def _arrays_of(self, layer: int, divisor: str) -> list[str]:
        d, dW, db = f"D{layer}", f"dW{layer}", f"db{layer}"
        source = self.A(layer - 1)
        if layer > 1 and self.has("output_reads_preactivation", layer - 1):
            source = self.Z(layer - 1)
        if self.has("weight_gradient_uses_own_output", layer):
            source = self.A(layer)
        flipped = "-" if self.has("sign_flipped", layer) else ""
        decay = ""
        if self.net.decay and not self.has("weight_decay_not_in_gradient"):
            decay = f" + self.lam * {self.W(layer)}"
        constant = f"{self.net.value('constant_scale')} * " if self.has("constant_scale") else ""
        if not self.inside:
            lines = [f"        {dW} = {flipped}{constant}({self.weight_gradient(d, source)}){divisor}{decay}"]
            bias_divisor = divisor
            wrong = f"        {db} = {flipped}{constant}{self.bias_gradient(layer, d)}{bias_divisor}"
            if self.has("bias_gradient_not_averaged", layer):
                wrong = f"        {db} = {flipped}{constant}{self.bias_gradient(layer, d)}" + (
                    "" if divisor else f" * {self.n}"
                )
            if self.has("bias_gradient_wrong_axis", layer):
                ones = f"np.ones_like({self.b(layer)})"
                wrong = f"        {db} = {flipped}{constant}{ones} * {self.bias_gradient(layer, d)}{bias_divisor}"
            gradient_sign = self.net.value("bias_sign_flipped") == "gradient" and self.has("bias_sign_flipped", layer)
            if gradient_sign or "minus_bias" in self.net.extras:
                wrong = wrong.replace(f"{db} = ", f"{db} = -", 1)
            if self.has("bias_gradient_missing", layer) or (layer == 1 and self.has("first_bias_input_zero")):
                wrong = f"        {db} = np.zeros_like({self.b(layer)})"
            lines.append(wrong)
        else:
            none = self.has("bias_gradient_missing", layer) or (layer == 1 and self.has("first_bias_input_zero"))
            a = self.augmented(source, "zeros" if none else "ones")
            at = {"first": "0", "last": "-1"}[self.style.bias]
            row = f"{dW}[{at}]" if self.style.fan_in_first else f"{dW}[:, {at}]"
            lines = [f"        {dW} = {flipped}{constant}({self.weight_gradient(d, a)}){divisor}"]
            if self.has("bias_gradient_not_averaged", layer):
                lines.append(f"        {row} *= {self.n}")
            if self.has("bias_gradient_wrong_axis", layer):
                lines.append(f"        {row} = {flipped}{constant}np.sum({d}){divisor}")
            if self.net.value("bias_sign_flipped") == "gradient" and self.has("bias_sign_flipped", layer):
                lines.append(f"        {row} *= -1")
            if decay:
                w = self.weights_alone(self.W(layer), self.style.bias)
                lines.append(f"        {self.weights_alone(dW, self.style.bias)} += self.lam * {w}")
        if self.has("layer_not_updated", layer):
            lines.append(f"        {dW} = np.zeros_like({self.W(layer)})")
            lines += [] if self.inside else [f"        {db} = np.zeros_like({self.b(layer)})"]
        return lines

    def _handed_over(self, early: list[int]) -> list[str]:
        names = self._gradient_names()
        lines: list[str] = []
        if self.has_any("gradient_not_reset"):
            lines += [f"        self.sum_{name} = self.sum_{name} + {name}" for name in names]
            lines += [f"        {name} = self.sum_{name}" for name in names]
        if self.has_any("parameters_as_gradient"):
            lines += [
                f"        {name} = {held}.copy()" for name, held in zip(names, self._all_parameters(), strict=True)
            ]
        match self.style.hands:
            case "dict":
                entries = ", ".join(f'"{one}": {one}' for one in names)
                return [*lines, f"        return {{{entries}}}"]
            case "pair" if not self.inside:
                weights = ", ".join(one for one in names if "W" in one)
                biases = ", ".join(one for one in names if "W" not in one)
                return [*lines, f"        return [{weights}], [{biases}]"]
            case "kept":
                return [*lines, *(f"        self.{one} = {one}" for one in names)]
            case "update":
                pairs = zip(self._all_parameters(), names, strict=True)
                skip = [f"dW{one}" for one in early]
                return [*lines, *(f"        {held} -= lr * {name}" for held, name in pairs if name not in skip)]
        return [*lines, f"        return [{', '.join(names)}]"]

    def _predict(self) -> list[str]:
        out = f"self.{self.style.forward}(X)"
        axis = 1 if self.style.rows else 0
        shown = self.net.extras.get("predict", "outputs")
        if shown == "nothing":
            return []
        value = {"outputs": out, "argmax": f"np.argmax({out}, axis={axis})", "labels": f"({out} > 0.5).astype(int)"}[
            shown
        ]
        return ["", "    def predict(self, X):", f"        return {value}"]
