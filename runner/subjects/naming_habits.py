"""The names that people give to things, without case and underscores: what is looked for where YAML says nothing."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# What a method or function takes.
INPUTS = _words(
    "x xs xb inputs input inp given inputdata data features samples images a0 batch xbatch batchx xtrain trainx inputx "
    "inputslist inputlist traininginputs traindata trainingdata inputarray arrx xdata datax xvalid xval xdev xtest"
)
TARGETS = _words(
    "y ys yb t ts target targets wanted correct label labels ytrue expected desired ytrain trainy targety truth d "
    "actual batchy ybatch targetdata onehot trueoutput expectedoutput desiredoutput ydata datay yactual "
    "targetslist targetlist trainingoutputs yvalid yval ydev ytest"
)
OUTPUTS = _words(
    "yhat ypred pred preds prediction predictions output outputs out al a2 a3 a p probs probabilities o h hypothesis "
    "yout aout scores logits estimate yp predicted"
)
CACHES = _words("cache caches memory state activations outputlist outs zs zvals avals z1 z2 layers")
RATES = _words("lr learningrate alpha eta rate stepsize lrate learnrate η α tasa taxa lernrate 学习率")
GRADIENTS_GIVEN = _words("grads gradients grad gradient derivatives derivs dparams dparameters g deltas")
ONCE = _words("epochs epoch iterations niter numiterations steps niters iters nepochs numepochs maxiter times numepoch")

# How a subject is built.
LAYERS = _words(
    "layers sizes layersizes layershape shape dims layerdims layersdims architecture structure topology nnarchitecture "
    "units neurons nodes layerunits layersize sizeoflayers"
)
FEATURES = _words(
    "input inputs inputsize ninput ninputs numinputs inputnodes inputdim nin indim nx nfeatures features numfeatures "
    "inputlayersize inputunits din insize inputneurons i ni"
)
HIDDEN = _words(
    "hidden hiddensize nhidden hiddennodes hiddendim hiddenunits nh hiddenlayersize numhidden hiddenneurons hid hdim "
    "hiddenlayer h dh hsize hiddenlayers"
)
RESULTS = _words(
    "output outputs outputsize noutput noutputs numoutputs outputnodes outputdim nout outdim ny nclasses numclasses "
    "outputlayersize outputunits dout outsize classes outputneurons o k no"
)
SAMPLES = _words("m n numexamples nsamples numsamples batchsize samples nexamples examples")
SEEDS = _words("seed randomseed randomstate rngseed")

# What a subject has.
PARAMETERS = _words("parameters params parameter theta thetas getparameters getparams weightsandbiases")
WEIGHTS = _words("weights w ws weight weightmatrices synapses")
BIASES = _words("biases b bs bias biasvectors")
LAYER_LISTS = _words("layers layer")
LOSS = _words(
    "loss cost computeloss computecost calcloss calccost calculateloss calculatecost costfunction lossfunction getloss "
    "getcost costfunc lossfunc lossfn costfn error objective mse crossentropy crossentropyloss mseloss totalloss j"
)
GRADIENTS = _words(
    "gradients gradient grads grad getgradients getgrads computegradients computegradient computegrads calcgradients "
    "calculategradients backward backwardpass backwardpropagation backprop backpropagation backpropagate bprop "
    "costfunctionprime lossandgradients weightgrad weightgradients backwards backwardpropagate propagatebackward bwd"
)
UPDATES = _words(
    "update trainstep step trainonbatch fitbatch partialfit learn trainbatch updateweights train fit sgd "
    "updateminibatch stochasticgradientdescent gradientdescent minibatchgradientdescent trainnetwork optimize"
)
# What a method takes that trains on a list of pairs of a sample and its target, each a column.
PAIRS = _words("trainingdata traindata trainset trainingset minibatch data dataset batch")
BATCH_SIZES = _words("minibatchsize batchsize bs sizeofbatch sizebatch")
FORWARD = _words(
    "forward forwardpass forwardpropagation forwardprop feedforward propagate predictproba probabilities activate call "
    "output outputs think fprop forwards forwardpropagate propagateforward query answer run evaluate"
)
PREDICT = ("predict", *FORWARD)
NOT_PARAMETERS = _words(
    "decay scale init std reg size shape grad delta velocity momentum prev old best last dim cache lambda rate history"
)
GRADIENT_PATTERNS = _words("d{} grad_{} {}_grad d_{} g{} grad{} dL_d{} dLd{} dJd{} dJ_d{} delta_{} {}_gradient")
KEPT_GRADIENTS = _words("grads gradients gradient grad dparams dparameters")


def plain(name: str) -> str:
    """A name without case and underscores."""
    return name.replace("_", "").lower()
