import random,time
from sqlalchemy import select,func
from tests.store.test_gapboard import *
from assistant.store import gapboard
from eval.grouping.measuring import QUESTIONS,topics_of
def test_cost(shop):
    if shop.engine.dialect.name!='sqlite': return
    T=topics_of(QUESTIONS);r=random.Random(1)
    qs=[(q,sorted(t.skus)) for t in T for q in t.asked]
    goods=['云杉','青柠','白鹭','松果','海盐','月见','木槿','山茶','琥珀','银杏','晨露','雪松','竹青','紫苏','百合']
    mk=lambda:(lambda q,s:(r.choice(goods)+r.choice('甲乙丙丁戊己庚辛')+q,s))(*r.choice(qs))
    with shop.begin() as tx:
        for n in range(3000):
            q,s=mk();ask(tx,n,q,need={'skus':s})
            if n==2900:t0=time.perf_counter()
        t1=time.perf_counter()
        n=tx.execute(select(func.count(func.distinct(tables.gap.c.topic_id)))).scalar_one()
        ts=[]
        from assistant.scoring import grouping
        for _ in range(100):
            q,s=mk();a=time.perf_counter();gapboard._topic_of(tx,CORP,grouping.read(q,s),());ts.append(time.perf_counter()-a)
        a=time.perf_counter();w,o=gapboard.undecided(tx,CORP);m=gapboard.gathered_again(w,o);b=time.perf_counter()
    ts.sort();print('topics',n,'whole write ms',(t1-t0)*10,'assign ms median',ts[50]*1000,'p95',ts[95]*1000,'gather',len(w),b-a,len(m))
